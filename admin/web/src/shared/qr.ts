// QR codes (ISO/IEC 18004): bytes, error correction level M, versions 1 to 10, which is enough for a line of text.

/** Of each version: how many code words for correction a block has, and the blocks by how many code words of data they have. */
const blocks: [correction: number, ...[count: number, data: number][]][] = [
  [10, [1, 16]], [16, [1, 28]], [26, [1, 44]], [18, [2, 32]], [24, [2, 43]], [16, [4, 27]], [18, [4, 31]],
  [22, [2, 38], [2, 39]], [22, [3, 36], [2, 37]], [26, [4, 43], [1, 44]],
]

/** Where the middles of the alignment patterns are. */
const alignment: number[][] = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]]

const exp = new Uint8Array(255)
const log = new Uint8Array(256)
for (let i = 0, x = 1; i < 255; i++) {
  exp[i] = x
  log[x] = i
  x = (x << 1) ^ (x & 128 ? 0x11d : 0)
}
const times = (a: number, b: number): number => (a && b ? exp[(log[a]! + log[b]!) % 255]! : 0)

/** The remainder of the data by the generator polynomial. */
function correction(data: number[], degree: number): number[] {
  let generator = [1]
  for (let i = 0; i < degree; i++) {
    const next = [...generator, 0]
    generator.forEach((g, at) => (next[at + 1] = next[at + 1]! ^ times(g, exp[i]!)))
    generator = next
  }
  const rest = new Array<number>(degree).fill(0)
  for (const byte of data) {
    const factor = byte ^ rest.shift()!
    rest.push(0)
    generator.slice(1).forEach((g, at) => (rest[at] = rest[at]! ^ times(g, factor)))
  }
  return rest
}

/** All code words in the order in which they are drawn. */
function codeWords(text: Uint8Array, version: number): number[] {
  const [degree, ...groups] = blocks[version - 1]!
  const room = groups.reduce((sum, [count, data]) => sum + count * data, 0)
  const bits: number[] = []
  const put = (value: number, length: number): void => {
    for (let i = length - 1; i >= 0; i--) bits.push((value >> i) & 1)
  }
  put(4, 4)
  put(text.length, version < 10 ? 8 : 16)
  for (const byte of text) put(byte, 8)
  put(0, Math.min(4, room * 8 - bits.length))
  put(0, (8 - (bits.length % 8)) % 8)
  const data: number[] = []
  for (let i = 0; i < bits.length; i += 8) data.push(bits.slice(i, i + 8).reduce((sum, bit) => sum * 2 + bit, 0))
  for (let pad = 0xec; data.length < room; pad ^= 0xec ^ 0x11) data.push(pad)
  const parts: number[][] = []
  for (const [count, length] of groups) for (let i = 0; i < count; i++) parts.push(data.splice(0, length))
  const checks = parts.map((part) => correction(part, degree))
  const across = (rows: number[][]): number[] =>
    Array.from({ length: Math.max(...rows.map((r) => r.length)) }, (_, i) => rows.flatMap((r) => (i < r.length ? [r[i]!] : []))).flat()
  return [...across(parts), ...across(checks)]
}

const masks: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
]

/** A value with the bits of its BCH code. */
function protectedBits(value: number, generator: number, length: number): number {
  let rest = value << length
  for (let i = 31 - Math.clz32(rest); i >= length; i--) if ((rest >> i) & 1) rest ^= generator << (i - length)
  return (value << length) | rest
}

type Grid = (boolean | undefined)[][]

/** All that does not depend on the text; what is undefined is room for it. Places for the format are held. */
function frame(version: number): Grid {
  const size = 17 + version * 4
  const grid: Grid = Array.from({ length: size }, () => new Array<boolean | undefined>(size).fill(undefined))
  const set = (x: number, y: number, dark: boolean): void => {
    if (x >= 0 && y >= 0 && x < size && y < size) grid[y]![x] = dark
  }
  for (const [cx, cy] of [[3, 3], [size - 4, 3], [3, size - 4]] as const) {
    for (let y = -4; y <= 4; y++) for (let x = -4; x <= 4; x++) set(cx + x, cy + y, ![2, 4].includes(Math.max(Math.abs(x), Math.abs(y))))
  }
  const places = alignment[version - 1]!
  const last = places.length - 1
  places.forEach((cx, i) => places.forEach((cy, j) => {
    if ((i === 0 && (j === 0 || j === last)) || (i === last && j === 0)) return
    for (let y = -2; y <= 2; y++) for (let x = -2; x <= 2; x++) set(cx + x, cy + y, Math.max(Math.abs(x), Math.abs(y)) !== 1)
  }))
  for (let i = 8; i < size - 8; i++) {
    set(i, 6, i % 2 === 0)
    set(6, i, i % 2 === 0)
  }
  for (let i = 0; i < 9; i++) {
    if (i !== 6) {
      set(8, i, false)
      set(i, 8, false)
    }
    if (i < 8) {
      set(size - 1 - i, 8, false)
      set(8, size - 1 - i, false)
    }
  }
  if (version >= 7) {
    const bits = protectedBits(version, 0x1f25, 12)
    for (let i = 0; i < 18; i++) {
      const dark = ((bits >> i) & 1) === 1
      set(size - 11 + (i % 3), Math.floor(i / 3), dark)
      set(Math.floor(i / 3), size - 11 + (i % 3), dark)
    }
  }
  return grid
}

function format(grid: Grid, mask: number): void {
  const size = grid.length
  const bits = protectedBits(mask, 0x537, 10) ^ 0x5412 // level M is 00
  for (let i = 0; i < 15; i++) {
    const dark = ((bits >> i) & 1) === 1
    grid[i < 6 ? i : i < 8 ? i + 1 : size - 15 + i]![8] = dark
    grid[8]![i < 8 ? size - 1 - i : i < 9 ? 15 - i : 14 - i] = dark
  }
  grid[size - 8]![8] = true
}

/** How hard a code is to read: the four rules of the standard. */
function penalty(grid: boolean[][]): number {
  const size = grid.length
  let sum = 0
  let darks = 0
  for (const lines of [grid, grid.map((_, x) => grid.map((row) => row[x]!))]) {
    for (const line of lines) {
      const text = line.map((dark) => (dark ? '1' : '0')).join('')
      for (const run of text.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2
      for (let i = 0; i + 11 <= size; i++) if (['10111010000', '00001011101'].includes(text.slice(i, i + 11))) sum += 40
    }
  }
  grid.forEach((row, y) => row.forEach((dark, x) => {
    darks += Number(dark)
    if (x && y && dark === row[x - 1] && dark === grid[y - 1]![x] && dark === grid[y - 1]![x - 1]) sum += 3
  }))
  return sum + Math.floor(Math.abs(darks * 20 - size * size * 10) / (size * size)) * 10
}

/** The rows of a QR code, true for dark; undefined when the text is too long. */
export function qr(text: string): boolean[][] | undefined {
  const bytes = new TextEncoder().encode(text)
  const version = blocks.findIndex(([, ...groups], i) => groups.reduce((sum, [count, data]) => sum + count * data, 0) >= bytes.length + (i < 9 ? 2 : 3)) + 1
  if (!version) return undefined
  const words = codeWords(bytes, version)
  const empty = frame(version)
  const size = empty.length
  const places: [x: number, y: number][] = []
  for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right-- // the column of the timing pattern
    for (let i = 0; i < size; i++) {
      const y = up ? size - 1 - i : i
      for (const x of [right, right - 1]) if (empty[y]![x] === undefined) places.push([x, y])
    }
  }
  const drawn = masks.map((masked, mask) => {
    const grid = empty.map((row) => [...row])
    places.forEach(([x, y], i) => {
      const bit = ((words[i >> 3] ?? 0) >> (7 - (i & 7))) & 1
      grid[y]![x] = (bit === 1) !== masked(x, y)
    })
    format(grid, mask)
    return grid as boolean[][]
  })
  return drawn.reduce((best, next) => (penalty(next) < penalty(best) ? next : best))
}
