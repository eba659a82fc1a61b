export { DispatchingModule } from './dispatching.module.js';
