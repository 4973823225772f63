export { AudioOut } from './audio'
export { askCode } from './conference'
export { Call, type CallOptions } from './call'
export { Devices, none, system, type Change, type Device, type Kind, type Media, type Processing } from './devices'
export { features } from './ns'
export { mostCalls, PeerCalls, type PeersOptions } from './peer'
export type { Problem } from './problems'
export type {
  Conference, End, Grade, Link, Meeting, Notice, Order, Own, Participant, PeerCall, PeerEnd, Peers, Picture, Port, Quality, Source, Wired,
} from './types'
