// What e2e/call.mjs takes of the call engine.
export { Devices, PeerCalls } from '../src/call'
export { parse } from '../src/shared/xmpp/xml'
