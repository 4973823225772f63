import { useSignal } from '@preact/signals'
import { qr } from '../../shared/qr'
import { post, path } from '../../shared/api'
import { copy } from '../../shared/icons'
import { CopyButton } from '../../shared/ui/controls'
import { ask, Dialog } from '../../shared/ui/dialog'
import { Callout, reason } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { Device, DeviceSecret } from '../../shared/types'
import { t } from '../texts/devices'

/** Makes a secret for a device; whoever has one already is asked. Undefined when it was not made. */
export async function makeSecret(d: Device): Promise<DeviceSecret | undefined> {
  if (d.secretSince && !(await ask({ title: t('newSecretTitle', { name: d.name }), body: t('newSecretText'), keep: t('newSecretKeep'), act: t('newSecret'), danger: true }))) return undefined
  try {
    return await post<DeviceSecret>('/devices' + path(d.id, 'secret'))
  } catch (e) {
    toast({ bad: true, text: reason(e) })
    return undefined
  }
}

/** The login as a SIP address (RFC 3261 §19.1.1), by the best way to the server. */
export function uriOf(s: DeviceSecret): string {
  const way = s.transports.find((w) => w.transport !== 'wss')
  return `sip:${s.user}:${s.secret}@${s.server}${way ? `:${way.port};transport=${way.transport}` : ''}`
}

/** Everything that is typed into a phone. The secret is here and nowhere else. */
export function SecretDialog({ of: s, onClose }: { of: DeviceSecret; onClose(): void }) {
  const shown = useSignal(qr(uriOf(s)))
  const ways = s.transports.map((w) => `${t(w.transport)}: ${w.port}`)
  const all = [`${t('server')}: ${s.server}`, ...ways, `${t('user')}: ${s.user}`, `${t('secret')}: ${s.secret}`, ...(s.name ? [`${t('displayName')}: ${s.name}`] : [])].join('\n')
  const row = (name: 'server' | 'user' | 'secret', value: string) => (
    <>
      <dt>{t(name)}</dt>
      <dd><span class={'mono clip' + (name === 'secret' ? ' secret' : '')} title={value}>{value}</span><CopyButton text={value} label={t(`copy_${name}`)} /></dd>
    </>
  )
  return (
    <Dialog title={t('loginTitle', { name: s.device.name })} onClose={onClose} class="dialog--wide"
      foot={
        <>
          <CopyButton class="btn" icon={copy} text={all} label={t('copyAll')}>{t('copyAll')}</CopyButton>
          <button type="button" class="btn btn--primary" onClick={onClose}>{t('done')}</button>
        </>
      }>
      <div class="col">
        <Callout kind="warn">{t('once')}</Callout>
        {!s.transports.length && <Callout>{t('noServer')}</Callout>}
        <div class="phone-login">
          <dl class="access">
            {row('server', s.server)}
            {row('user', s.user)}
            {row('secret', s.secret)}
            {s.name && <><dt>{t('displayName')}</dt><dd><span class="clip" title={s.name}>{s.name}</span></dd></>}
            {ways.length > 0 && <><dt>{t('ways')}</dt><dd><ul class="plain">{ways.map((w) => <li key={w}>{w}</li>)}</ul></dd></>}
          </dl>
          {shown.value && (
            <figure class="qr">
              <Code of={shown.value} />
              <figcaption class="hint">{t('qrHint')}</figcaption>
            </figure>
          )}
        </div>
      </div>
    </Dialog>
  )
}

/** Around a code nothing is drawn for so many modules. */
const quiet = 4

function Code({ of: rows }: { of: boolean[][] }) {
  const size = rows.length + 2 * quiet
  const d = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + quiet} ${y + quiet}h1v1h-1z` : ''))).join('')
  return (
    <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={t('qrLabel')} shape-rendering="crispEdges">
      <path class="qr-ground" d={`M0 0h${size}v${size}H0z`} />
      <path class="qr-dark" d={d} />
    </svg>
  )
}
