// Writes src/shared/types.ts: the types of the JSON API as docs/openapi.json describes it. With --check it only compares.
import { readFileSync, writeFileSync } from 'node:fs'

const api = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'))
const target = new URL('src/shared/types.ts', import.meta.url)

function type(schema) {
  if (schema.$ref) return schema.$ref.split('/').pop()
  if (schema.allOf) return schema.allOf.map(type).join(' & ')
  if (schema.enum) return schema.enum.map((value) => `'${value}'`).join(' | ')
  switch (schema.type) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'boolean'
    case 'integer':
    case 'number':
      return 'number'
    case 'array': {
      const of = type(schema.items)
      return of.includes('|') ? `(${of})[]` : `${of}[]`
    }
  }
  throw new Error('no type for ' + JSON.stringify(schema))
}

const parts = ['// Made from docs/openapi.json by types.mjs; `make web` makes it again.']
for (const [name, schema] of Object.entries(api.components.schemas).sort(([a], [b]) => (a < b ? -1 : 1))) {
  const lines = Object.entries(schema.properties).filter(([field]) => field).map(([field, of]) => {
    const doc = of.description ? `  /** ${of.description} */\n` : ''
    return `${doc}  ${field}${schema.required?.includes(field) ? '' : '?'}: ${type(of)}`
  })
  parts.push(`export interface ${name} {\n${lines.join('\n')}\n}`)
}
const text = parts.join('\n\n') + '\n'

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('src/shared/types.ts is old, run make web')
    process.exit(1)
  }
} else {
  writeFileSync(target, text)
}
