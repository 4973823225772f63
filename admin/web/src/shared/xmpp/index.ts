export { Client, type Listener, type State } from './client'
export type { Fault, Result } from './fault'
export { NS } from './ns'
export { dialWebSocket } from './wire'
