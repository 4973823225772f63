import { expect, it } from 'vitest'
import { keyTones } from './tone'

// ITU-T Q.23
it.each([['1', [697, 1209]], ['5', [770, 1336]], ['9', [852, 1477]], ['*', [941, 1209]], ['0', [941, 1336]], ['#', [941, 1477]], ['D', [941, 1633]], ['a', [697, 1633]], ['x', []]])('key %s sounds as %j', (key, hz) => {
  expect(keyTones(key).hz).toEqual(hz)
})
