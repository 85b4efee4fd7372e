// Reads the number that a picture carries in its blocks of black and white; where they are is told from outside.
const canvas = document.createElement("canvas");
const context = canvas.getContext("2d", { willReadFrequently: true });
/** Between black and white, of 255: compressed blocks are grey at their edges, never in the middle. */
const CONTRAST = 100;

/** The number of a picture that a `<video>` or an image shows (of a part of it, in pixels); throws where it carries none. */
export function numberIn(picture, { x, y }, [left, top, width, height]) {
  Object.assign(canvas, { width, height });
  context.drawImage(picture, left, top, width, height, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const at = (across, down) => data[4 * (Math.floor(down * height) * width + Math.floor(across * width))];
  return x.reduce((number, across, bit) => {
    const difference = at(across, y[0]) - at(across, y[1]);
    if (Math.abs(difference) < CONTRAST) throw new Error(`the picture carries no number: bit ${bit} is ${difference}`);
    return difference > 0 ? number + 2 ** bit : number;
  }, 0);
}
