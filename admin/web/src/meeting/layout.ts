// Where tiles go: sizes in CSS pixels for a box of given width and height.

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Layout {
  readonly stage: Size | undefined // undefined: all tiles are alike
  readonly tile: Size
}

export const gap = 8
const wide = 16 / 9
const tallest = 3 / 4 // width to height of a tile at the least, where the page is narrow
const largest = 900 // px of width of a tile: somebody alone need not fill the screen

/** How many tiles there is room for beside a stage, and without one. */
export const places = (narrow: boolean, stage: boolean): number => (narrow ? 6 : stage ? 8 : 9)

/** arrange gives count tiles the size in which they fill the box best. */
export function arrange(box: Size, count: number, stage: boolean, narrow: boolean): Layout {
  const most = narrow ? tallest : wide
  if (!stage) return { stage: undefined, tile: best(box, count, most) }
  if (count === 0) return { stage: box, tile: { width: 0, height: 0 } }
  return narrow ? below(box, count) : strip(box, count)
}

/** best tries each number of columns: the tile with the largest area wins, unless that makes a tower. */
function best(box: Size, count: number, slimmest: number): Size {
  let found: Size = { width: 0, height: 0 }
  let most = 0
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns)
    const size = fit((box.width - (columns - 1) * gap) / columns, (box.height - (rows - 1) * gap) / rows, slimmest)
    const tower = columns === 1 && count > (slimmest === wide ? 2 : 3)
    const area = size.width * size.height * (tower ? 0.7 : 1)
    if (area > most + 1) [found, most] = [size, area]
  }
  return found
}

/** fit is the largest tile in a place that is neither slimmer than allowed nor wider than 16:9. */
function fit(width: number, height: number, slimmest: number): Size {
  const w = Math.max(0, Math.min(width, height * wide, largest))
  return { width: Math.floor(w), height: Math.floor(Math.max(0, Math.min(height, w / slimmest))) }
}

/** strip: the stage above; below it two rows of four, or one row where the window is low, which take two fifths of the height at the most. */
function strip(box: Size, count: number): Layout {
  const row = (rows: number, columns: number): number =>
    Math.min((box.width - (columns - 1) * gap) / columns, (((box.height * 2) / 5 - rows * gap) / rows) * wide)
  const beside = Math.max(4, count)
  const one = row(1, beside)
  const two = row(2, 4)
  const rows = count <= 4 || one > two ? 1 : 2
  const width = rows === 1 ? one : two
  const tile = fit(width, width / wide, wide)
  return { stage: { width: box.width, height: Math.max(0, Math.floor(box.height - rows * (tile.height + gap))) }, tile }
}

/** below: on a telephone the stage is as wide as the page, and the tiles fill what is left under it, in two columns. */
function below(box: Size, count: number): Layout {
  const columns = Math.min(2, count)
  const rows = Math.ceil(count / columns)
  const height = Math.min((box.width * 10) / 16, box.height * 0.6)
  const left = (box.height - height - rows * gap) / rows
  const width = (box.width - (columns - 1) * gap) / columns
  return { stage: { width: box.width, height: Math.floor(height) }, tile: fit(width, left, tallest) }
}
