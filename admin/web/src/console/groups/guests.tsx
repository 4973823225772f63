import { useSignal } from '@preact/signals'
import { get, path, put } from '../../shared/api'
import { ago, pinText } from '../../shared/format'
import { lang } from '../../shared/i18n'
import { useLoad } from '../../shared/load'
import { CopyButton, SwitchRow } from '../../shared/ui/controls'
import { ask } from '../../shared/ui/dialog'
import { Callout, reason } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { Group, GuestAccess, Invitation } from '../../shared/types'
import { t as common } from '../texts/common'
import { t } from '../texts/groups'

/** Whether guests may come, and how: link, number, PIN, and all of it as a text to send (A-010, A-012..A-016, A-022, A-023). */
export function GuestCard({ group: g, onChanged }: { group: Group; onChanged(): void }) {
  const busy = useSignal(false)
  const { access } = g
  const invitation = useLoad<Invitation | undefined>(
    (signal) => (access.allowed ? get<Invitation>('/groups' + path(g.room, 'invitation'), { lang: lang.value }, signal) : Promise.resolve(undefined)),
    [g.room, access.url, access.allowed, g.name, lang.value],
  )
  const toggle = async (allowed: boolean): Promise<void> => {
    if (busy.value) return
    if (!allowed) {
      const yes = await ask({ title: t('offTitle', { name: g.name }), body: t('offText', { n: g.guests }), keep: t('offKeep'), act: t('offAct'), danger: true })
      if (!yes) {
        onChanged()
        return
      }
    }
    busy.value = true
    try {
      await put<GuestAccess>('/groups' + path(g.room, 'guests'), { allowed })
      toast({ text: t(allowed ? 'allowed' : 'stopped', { name: g.name }) })
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    } finally {
      busy.value = false
      onChanged()
    }
  }
  return (
    <section class="card guests" aria-label={t('guests')} aria-busy={busy.value}>
      <div class="card-head"><h2>{t('guests')}</h2></div>
      <div class="card-body col">
        <SwitchRow name="allow-guests" label={t('allow')} hint={t('allowHint')} on={access.allowed} onChange={(on) => void toggle(on)} />
        <Callout kind={access.allowed ? 'warn' : 'info'}>{t('omemo')}</Callout>
        {access.allowed && (
          <>
            <dl class="access">
              {access.url && (
                <>
                  <dt>{t('link')}</dt>
                  <dd><span class="clip mono" title={access.url}>{access.url}</span><CopyButton text={access.url} label={t('copyLink')} /></dd>
                </>
              )}
              {access.number && (
                <>
                  <dt>{t('number')}</dt>
                  <dd><span class="num">{access.number}</span><CopyButton text={access.number} label={t('copyNumber')} /></dd>
                </>
              )}
              {access.pin && (
                <>
                  <dt>{t('pin')}</dt>
                  <dd><span class="num pin">{pinText(access.pin)}</span><CopyButton text={access.pin} label={t('copyPin')} /></dd>
                </>
              )}
            </dl>
            {invitation.data && <CopyButton class="btn btn--block" text={invitation.data.text} label={t('copyInvitation')}>{t('copyInvitation')}</CopyButton>}
            {access.since && <p class="hint">{t('sinceBy', { when: ago(access.since), who: access.by?.split('@')[0] || common('someone'), n: access.limit ?? 0 })}</p>}
          </>
        )}
      </div>
    </section>
  )
}
