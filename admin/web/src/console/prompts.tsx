import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { del, get, path, put } from '../shared/api'
import { codeOf } from '../shared/codes'
import { ago } from '../shared/format'
import { lang, langs, number } from '../shared/i18n'
import { Icon } from '../shared/icon'
import { more, pause, phone, play, plus, speaker, trash, undo, upload } from '../shared/icons'
import { useLoad } from '../shared/load'
import { place, setQuery } from '../shared/router'
import { Segments } from '../shared/ui/controls'
import { ask } from '../shared/ui/dialog'
import { Menu } from '../shared/ui/menu'
import { Empty, reason } from '../shared/ui/states'
import type { Column } from '../shared/ui/table'
import { toast } from '../shared/ui/toast'
import { useView } from '../shared/ui/view'
import type { Prompt, PromptList } from '../shared/types'
import { ListPage } from './list'
import { t as common } from './texts/common'
import { t } from './texts/prompts'

const at = (p: Pick<Prompt, 'language' | 'id'>): string => '/prompts' + path(p.language, p.id)

/** What a prompt is called: those that an administrator has made have nothing but their name. */
const nameOf = (p: Prompt): string => p.text || p.id.replace(/^own-/, '')

/** The ID of a recording whose file has this name. */
export const idOf = (file: string): string => 'own-' + file.replace(/\.[^.]*$/, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, 50)

/** What the server says to people at telephones: heard, replaced, and taken back. */
export function Prompts() {
  const view = useView()
  const language = (place.value.query.get('language') ?? '') as '' | Prompt['language']
  const all = useLoad((signal) => get<PromptList>('/prompts', {}, signal))
  const words = view.q.toLowerCase().split(/\s+/).filter(Boolean)
  const found = all.data?.items.filter((p) => (!language || p.language === language) && words.every((w) => `${p.text} ${p.id}`.toLowerCase().includes(w)))
  const page = { ...all, data: found && { items: found.slice(view.offset, view.offset + view.size), total: found.length } }

  const sound = useRef<HTMLAudioElement | null>(null)
  const heard = useSignal('')
  const stop = (): void => {
    sound.current?.pause()
    sound.current = null
    heard.value = ''
  }
  useEffect(() => stop, [])
  const listen = (p: Prompt): void => {
    const was = heard.peek()
    stop()
    if (was === at(p)) return
    const audio = (sound.current = new Audio('/api/v1' + at(p)))
    heard.value = at(p)
    audio.onended = stop
    audio.play().catch(() => {
      if (sound.current !== audio) return // it was stopped before it began
      stop()
      toast({ bad: true, text: t('cannotPlay') })
    })
  }
  const file = useRef<HTMLInputElement>(null)
  const wanted = useRef<Prompt | undefined>(undefined) // none: a new one is made
  const replace = async (chosen: File): Promise<void> => {
    const p = wanted.current ?? { language: language || lang.value, id: idOf(chosen.name) }
    if (p.id === 'own-') {
      toast({ bad: true, text: t('badName') })
      return
    }
    stop()
    try {
      await put<Prompt>(at(p), new Blob([chosen], { type: 'audio/wav' }))
      toast({ text: wanted.current ? t('replaced') : t('made', { name: p.id.slice(4), language: langs[p.language] }) })
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    }
    all.reload()
  }
  const reset = async (p: Prompt): Promise<void> => {
    if (!(await ask({ title: t(p.made ? 'deleteTitle' : 'resetTitle'), body: t('resetText', { text: nameOf(p) }), keep: t('resetKeep'), act: t('resetAct'), danger: true }))) return
    stop()
    try {
      await del(at(p))
      toast({ text: t(p.made ? 'deleted' : 'wasReset') })
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    }
    all.reload()
  }
  const share = async (p: Prompt): Promise<void> => {
    try {
      if (p.number) {
        await del(at(p) + '/number')
        toast({ text: t('unshared') })
      } else {
        const { number: made } = await put<Prompt>(at(p) + '/number', undefined)
        toast({ text: t('shared', { number: made, code: codeOf('prompts') }) })
      }
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    }
    all.reload()
  }
  const columns: Column<Prompt>[] = [
    {
      head: t('text'), class: 'c-first',
      cell: (p) => {
        const on = heard.value === at(p)
        return (
          <span class="row prompt">
            <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-pressed={on} aria-label={t('listen', { text: nameOf(p) })} title={on ? t('stop') : undefined} onClick={() => listen(p)}><Icon of={on ? pause : play} /></button>
            <span class="prompt-text" lang={p.language}>{nameOf(p)}</span>
          </span>
        )
      },
    },
    { head: t('language'), class: 'hide-sm', cells: 'second', cell: (p) => <span lang={p.language}>{langs[p.language]}</span> },
    { head: t('length'), class: 'c-num hide-sm', cell: (p) => `${number(Math.round(p.seconds * 10) / 10)} s` },
    { head: t('number'), class: 'c-num hide-sm', title: (p) => p.number && t('numberTitle', { code: codeOf('prompts') }), cell: (p) => p.number && <span class="badge badge--line num">{p.number}</span> },
    {
      head: t('source'), class: 'hide-sm', title: (p) => p.since && t('ownSince', { when: ago(p.since) }),
      cell: (p) => (p.own ? <span class="badge badge--accent">{t('own')}</span> : <span class="second">{t('builtIn')}</span>),
    },
    {
      head: common('actions'), mute: true, class: 'c-act',
      cell: (p) => (
        <Menu class="btn btn--ghost btn--icon btn--sm" label={common('moreFor', { name: nameOf(p) })}
          items={[
            {
              label: t('replace'), icon: upload, act: () => {
                wanted.current = p
                file.current?.click()
              },
            },
            { label: t(p.number ? 'unshare' : 'share'), icon: phone, act: () => void share(p) },
            ...(p.own ? [{ label: p.made ? common('delete') : t('reset'), icon: p.made ? trash : undo, bad: true, apart: true, act: () => void reset(p) }] : []),
          ]}>
          <Icon of={more} />
        </Menu>
      ),
    },
  ]
  return (
    <ListPage title={t('title')} find={t('findLabel')} placeholder={t('find')} view={view} page={page} columns={columns} id={at}
      actions={
        <button type="button" class="btn btn--primary" title={t('addHint')} onClick={() => {
          wanted.current = undefined
          file.current?.click()
        }}><Icon of={plus} /><span class="hide-sm">{t('add')}</span></button>
      }
      tools={
        <>
          <Segments<'' | Prompt['language']> label={t('language')} value={language} onChange={(value) => setQuery({ language: value, offset: '' })}
            of={[{ value: '', label: t('anyLanguage') }, { value: 'de', label: langs.de }, { value: 'en', label: langs.en }]} />
          <span class="muted end hide-md">{t('hint')}</span>
        </>
      }
      empty={<Empty icon={speaker} title={t('title')} />}>
      <input class="sr" type="file" accept="audio/wav,.wav" ref={file} tabIndex={-1} aria-hidden="true"
        onChange={(e) => {
          const chosen = e.currentTarget.files?.[0]
          e.currentTarget.value = ''
          if (chosen) void replace(chosen)
        }} />
    </ListPage>
  )
}
