/** How a desk was told of a consent. An element's own officer says it by saying so. */
export const HOW = ['in-person', 'by-letter', 'by-telephone'] as const;
