import represented from '../../../phrases/represented.ar.ftl?raw';

export default [represented];
