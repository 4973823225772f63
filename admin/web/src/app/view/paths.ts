import { address } from '../../shared/router'

/** Where a conversation is. */
export const groupPath = (room: string): string => address('g', room)
export const directPath = (jid: string): string => address('c', jid)
