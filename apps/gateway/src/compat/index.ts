/** What wires the gateway together needs of product B. */
export { CompatModule } from './compat.module.js';
export { describeProductB } from './describe-product-b.js';
export { PRODUCT_B } from './product-b.dialect.js';
