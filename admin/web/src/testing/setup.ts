// What the modules under test ask of a browser when they are loaded. Pages themselves are tested in a real one.
import { vi } from 'vitest'

vi.stubGlobal('navigator', { languages: ['en'] })
if (typeof window === 'undefined') { // jsdom has its own
  vi.stubGlobal('document', { documentElement: { dataset: {} } })
  vi.stubGlobal('location', new URL('https://localhost:8443/admin/'))
}
