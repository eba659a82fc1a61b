export { ControlServer } from './control-server.js';
