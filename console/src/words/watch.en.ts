import watch from '../../../phrases/watch.en.ftl?raw';

export default [watch];
