const [OPENS, CLOSES] = [0x2066, 0x2069];

/** Text that runs from left to right whatever stands around it, where no markup can say so: in an option of a list, a
 * coordinate that is not isolated shows latitude and longitude swapped among Arabic words. */
export const isolated = (text: string): string => String.fromCodePoint(OPENS) + text + String.fromCodePoint(CLOSES);
