import hotline from '../../../phrases/hotline-console.ar.ftl?raw';

export default [hotline];
