import map from '../../../phrases/console-map.ru.ftl?raw';

export default [map];
