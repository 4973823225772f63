import type { InboundRule, OutboundRule, Trunk, TrunkAccount, TrunkChange } from '../../shared/types'

/** What can be set of a trunk. */
export type TrunkData = Omit<TrunkChange, 'revision'>

export const newAccount = (): TrunkAccount => ({
  id: '', title: '', host: '', port: 0, transport: 'udp', proxy: '', addresses: [], extension: '', user: '', register: true, options: true, clip: 'auto', clir: 'auto', toHeader: false,
})

export const newInbound = (): InboundRule => ({ title: '', source: '', destination: '', extension: '', language: '' })

export const newOutbound = (prefix: string): OutboundRule => ({
  title: '', show: false, inPrefix: prefix, source: '', destination: '.', cid: '', outPrefix: '', deny: false, pin: '', account: '',
})

export const newTrunk = (): TrunkData => ({
  name: '', enabled: true, kind: 'registering', accounts: [newAccount()], country: '49', area: '', international: '00', national: '0', prefix: '0', format: 'e164', inbound: [], outbound: [],
  maxCalls: 0, policy: { international: false, premium: false, prefixes: [], perHour: 0 }, fallback: '',
})

/** What can be set of a trunk. */
export function dataOf({ id: _id, changed: _changed, changedBy: _by, revision: _revision, states: _states, ...data }: Trunk): TrunkData {
  return data
}

/** A list with one item more, less or changed. */
export const replaced = <T>(list: T[], i: number, item?: T): T[] => (item === undefined ? list.filter((_, at) => at !== i) : list.map((old, at) => (at === i ? item : old)))

/** What stands between spaces or commas. */
export const words = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean)
