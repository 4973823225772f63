import { address } from '../../shared/router'

/** Where a conversation is. */
export const groupPath = (room: string): string => address('g', room)
export const directPath = (jid: string): string => address('c', jid)
export const teamPath = (id: string): string => address('t', id)
