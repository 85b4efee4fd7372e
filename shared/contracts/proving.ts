/**
 * How a runner announces, in the place of its capabilities, that it is still finding out what its host can do. It is in the
 * fleet by then, and takes nothing.
 */
export const provingCapability = "proving";
