// Builds the front end into a folder of its own and compares it with the committed one.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'

const fresh = mkdtempSync(join(tmpdir(), 'plenum-web-'))
try {
  await build({ logLevel: 'warn', build: { outDir: fresh, emptyOutDir: true } })
  const files = (root) =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
      .sort()
  const committed = files('dist')
  const built = files(fresh)
  const differ = [...new Set([...committed, ...built])].filter(
    (name) => !committed.includes(name) || !built.includes(name) || !readFileSync(join('dist', name)).equals(readFileSync(join(fresh, name))),
  )
  if (differ.length) {
    console.error(`The built files are old, run make web:\n  ${differ.join('\n  ')}`)
    process.exitCode = 1
  } else {
    console.log(`the built files are fresh: ${built.length}`)
  }
} finally {
  rmSync(fresh, { recursive: true })
}
