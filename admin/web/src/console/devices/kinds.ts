import { device, fax, laptop, mobile } from '../../shared/icons'
import type { Device } from '../../shared/types'

export const deviceIcons: Record<Device['kind'], string> = { phone: device, softphone: laptop, mobile, fax }
