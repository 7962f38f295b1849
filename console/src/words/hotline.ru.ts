import hotline from '../../../phrases/hotline-console.ru.ftl?raw';

export default [hotline];
