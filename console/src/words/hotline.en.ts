import hotline from '../../../phrases/hotline-console.en.ftl?raw';

export default [hotline];
