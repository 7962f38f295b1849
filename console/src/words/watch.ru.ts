import watch from '../../../phrases/watch.ru.ftl?raw';

export default [watch];
