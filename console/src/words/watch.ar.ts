import watch from '../../../phrases/watch.ar.ftl?raw';

export default [watch];
