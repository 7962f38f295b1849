import represented from '../../../phrases/represented.en.ftl?raw';

export default [represented];
