// Made from docs/openapi.json by types.mjs; `make web` makes it again.

export interface AccountState {
  /** Its ID. */
  account: string
  /** Why it is not up, in English. */
  error?: string
  since?: string
  up: boolean
}

export interface AppSession {
  /** Whether he may use the console, with the same session. */
  console: boolean
  /** To be sent back as header X-CSRF-Token with every request that changes something. */
  csrf: string
  displayName: string
  /** When the session ends, whatever happens. */
  expires: string
  /** The domain of the groups' addresses. */
  groupDomain: string
  /** The user's language; missing when he has none. */
  language?: 'de' | 'en'
  /** The domain of what can be dialled: 100@pbx.example.org. */
  numberDomain: string
  /** The address as which the app's XMPP stream logs in by SASL EXTERNAL. */
  user: string
}

export interface Arriving {
  /** The same as it is dialled here. */
  callBack: string
  /** The number called, complete. */
  called: string
  /** The caller's number, complete. */
  caller: string
  extension: string
  /** To the dial-in of groups. */
  group: boolean
  /** Of who has the extension; empty when it is nobody's. */
  name: string
  /** Its title; empty for the fallback. */
  rule: string
}

export interface AuditChange {
  after: string
  before: string
  field: string
}

export interface AuditEntry {
  /** Such as user.create; stable, for translations. */
  action: string
  /** Address of who did it; for a refused login, the name that was given. */
  actor: string
  /** The IP address it came from. */
  address: string
  changes: AuditChange[]
  id: number
  /** Of the object. */
  kind: 'session' | 'user' | 'permission' | 'group' | 'device' | 'location' | 'trunk' | 'service' | 'call' | 'prompt' | 'profile' | 'team' | 'callobject'
  /** The object's name at that time. */
  name: string
  /** Its ID. */
  object: string
  time: string
}

export interface AuditPage {
  items: AuditEntry[]
  /** To be given as before for what is older; missing at the end. */
  next?: number
}

export interface Automatic {
  devices: boolean
  locations: boolean
  teams: boolean
  users: boolean
}

export interface Bulk {
  action: 'delete' | 'restore' | 'disable' | 'enable' | 'assign' | 'unassign'
  /** For assign and unassign. */
  permission?: string
  users: string[]
}

export interface BulkFailure {
  code: string
  detail: string
  user: string
}

export interface BulkResult {
  done: string[]
  failed: BulkFailure[]
}

export interface Call {
  /** Missing: it rings. */
  answered?: string
  began: string
  callee: CallParty
  caller: CallParty
  dialled: string
  id: string
}

export interface CallAction {
  /** For voicemail: address of the user, or ID of the team, that has the mailbox; empty: who is called. */
  box: string
  /** For voicemail; empty: as it is. */
  greeting: '' | 'unavailable' | 'busy'
  kind: 'prompt' | 'voicemail' | 'hangup' | 'team' | 'ivr' | 'router' | 'extension' | 'number' | 'label' | 'skill' | 'language'
  /** The label; for skill, what who is rung for a team must be able to do from then on. */
  label: string
  /** For language. */
  language: '' | 'de' | 'en'
  /** ID of what is said, for prompt. */
  prompt: string
  /** The line counts for this status alone; empty: for any. The last three, and noanswer, are those of teams; the first three those of users. Only in lists after a call. */
  status: '' | 'unavailable' | 'noanswer' | 'busy' | 'full' | 'enterempty' | 'exitempty'
  /** ID of a team, menu or router; an extension; a number outside, as it would be dialled. */
  target: string
  /** Of the label, or the least level of the skill, 1 to 100; empty takes it away. */
  value: string
  when: CallCondition
}

export interface CallChoices {
  objects: CallObjectChoice[]
  prompts: PromptChoice[]
  /** Names of those that users have. */
  skills: string[]
  teams: CallObjectChoice[]
}

export interface CallCondition {
  /** Empty: always. */
  kind: '' | 'period' | 'calendar' | 'switch' | 'label'
  label: string
  /** The line counts when all this is not so. */
  not: boolean
  /** ID of the period, calendar or switch. */
  object: string
  /** That the label has; empty: it has any. */
  value: string
}

export interface CallDay {
  /** 2026-12-24 */
  date: string
  title: string
  /** The last one; empty: it is one day. */
  until: string
}

export interface CallFlow {
  afterExternal: CallAction[]
  afterInternal: CallAction[]
  beforeExternal: CallAction[]
  beforeInternal: CallAction[]
  changed?: string
  changedBy: string
  revision: number
}

export interface CallFlowChange {
  afterExternal: CallAction[]
  afterInternal: CallAction[]
  beforeExternal: CallAction[]
  beforeInternal: CallAction[]
  revision: number
}

export interface CallHours {
  /** On which it begins: 0 is Sunday. */
  days: number[]
  /** 09:00 */
  from: string
  /** 17:00; not later than from: the day after. */
  to: string
}

export interface CallLabel {
  /** To users, in their journals; administrators see all in the records. */
  shown: boolean
  /** That calls have at their beginning; empty: they have none. */
  value: string
  /** Those for which this holds then; it cannot be a label. */
  when: CallCondition
}

export interface CallLists {
  afterExternal: CallAction[]
  afterInternal: CallAction[]
  beforeExternal: CallAction[]
  beforeInternal: CallAction[]
}

export interface CallMenu {
  afterExternal: CallAction[]
  afterInternal: CallAction[]
  /** Seconds that it rings before it answers. */
  answerDelay: number
  beforeExternal: CallAction[]
  beforeInternal: CallAction[]
  entries: CallMenuEntry[]
  /** Seconds to press a key; 0 is 5. */
  keyTimeout: number
  /** ID of what is said; empty: nothing. */
  prompt: string
}

export interface CallMenuEntry {
  actions: CallAction[]
  /** One to six digits, * or #; i for keys that no entry has; t when none is pressed in time. */
  keys: string
}

export interface CallObject {
  /** Of a router or a template. */
  actions: CallAction[]
  changed: string
  changedBy: string
  /** Of a calendar. */
  days: CallDay[]
  /** Of a menu, router or switch; empty: it cannot be dialled. */
  extension: string
  /** Of a period. */
  hours: CallHours[]
  id: string
  /** A switch begins so. */
  initial: boolean
  kind: 'ivr' | 'router' | 'period' | 'calendar' | 'switch' | 'template' | 'label'
  /** Of a label; others have none. */
  label?: CallLabel
  menu: CallMenu
  name: string
  /** What a switch says now. */
  on: boolean
  /** IDs, of a switch: who has one of them sees it in apps and on the lamps of his telephones, and turns it there. */
  permissions?: string[]
  revision: number
  /** Of a template; others have none. */
  template?: CallTemplate
}

export interface CallObjectChange {
  /** Of a router or a template. */
  actions: CallAction[]
  /** Of a calendar. */
  days: CallDay[]
  /** Of a menu, router or switch; empty: it cannot be dialled. */
  extension: string
  /** Of a period. */
  hours: CallHours[]
  /** A switch begins so. */
  initial: boolean
  /** Of a label; others have none. */
  label?: CallLabel
  menu: CallMenu
  name: string
  /** IDs, of a switch: who has one of them sees it in apps and on the lamps of his telephones, and turns it there. */
  permissions?: string[]
  revision: number
  /** Of a template; others have none. */
  template?: CallTemplate
}

export interface CallObjectCheck {
  /** Of a router or a template. */
  actions: CallAction[]
  /** Of a calendar. */
  days: CallDay[]
  /** Of a menu, router or switch; empty: it cannot be dialled. */
  extension: string
  /** Of a period. */
  hours: CallHours[]
  /** Empty: a new one. */
  id: string
  /** A switch begins so. */
  initial: boolean
  kind: 'ivr' | 'router' | 'period' | 'calendar' | 'switch' | 'template' | 'label'
  /** Of a label; others have none. */
  label?: CallLabel
  menu: CallMenu
  name: string
  /** IDs, of a switch: who has one of them sees it in apps and on the lamps of his telephones, and turns it there. */
  permissions?: string[]
  /** Of a template; others have none. */
  template?: CallTemplate
}

export interface CallObjectChoice {
  extension: string
  id: string
  kind: 'team' | 'ivr' | 'router' | 'period' | 'calendar' | 'switch' | 'template' | 'label'
  name: string
}

export interface CallObjectPage {
  items: CallObject[]
  total: number
  /** Time zone in which periods and calendars are meant. */
  zone: string
}

export interface CallPage {
  items: Call[]
  total: number
}

export interface CallParty {
  /** Name of the telephone. */
  device: string
  /** Name of the location to which the telephone belongs. */
  location: string
  name: string
  number: string
  /** Name of the trunk, for somebody outside and for a mobile telephone. */
  trunk: string
  /** Address of the user. */
  user: string
}

export interface CallRecord {
  answered?: string
  began: string
  /** Names of the permissions with billing.group that one of the two, or the team, had then; none in journals. */
  billing: string[]
  /** Who has brought that about, as the record before knows them: dst is the callee, agent a member of a team, action what is set for calls that are not taken. */
  by: '' | 'caller' | 'dst' | 'agent' | 'action'
  callee: CallParty
  caller: CallParty
  /** ID of the first record of the call. */
  chain: string
  /** Who has hung up or passed the other on; of a call that was not answered: dst, when the callee or his telephones did not take it, abandon, when the caller gave up, elsewhere, when somebody else has taken it, voicemail, when the callee's box has. Empty: the server has ended it. */
  detail: '' | 'caller' | 'dst' | 'abandon' | 'elsewhere' | 'voicemail'
  dialled: string
  direction: 'internal' | 'inbound' | 'outbound'
  ended?: string
  id: string
  /** That the call has had until then, sorted by name; in journals those that are shown to users. */
  labels: LabelValue[]
  /** The callee, or the team, has missed the call. */
  missed: boolean
  /** ID of the record that this one goes on from; empty for the first. */
  parent: string
  /** What of it says that the number is one outside; of a call from outside, what is dialled before the number to call back. */
  prefix: string
  /** In words, where result and detail do not say it: busy. */
  reason: string
  /** Empty: not over yet. */
  result: '' | 'hangup' | 'noanswer' | 'transfer' | 'interrupted'
  /** For which they have talked. */
  seconds: number
  /** ID of the team which was called, or for which the callee is rung; empty for none. */
  team: string
  teamName: string
  /** How the caller came to look for the callee. */
  via: 'dial' | 'forward' | 'transfer' | 'pickup' | 'queue' | 'voicemail'
  /** ID of the message that was left. */
  voicemail: string
}

export interface CallTemplate {
  /** All that are made in the console or by this interface from now on have them at first. */
  auto: boolean
  for: 'user' | 'team' | 'ivr'
  /** Of the callers; empty: both. */
  origin: '' | 'internal' | 'external'
  /** Among the actions that are there. */
  position: 'last' | 'first'
  /** before: anything rings; after: nobody has taken the call. */
  slot: 'before' | 'after'
}

export interface Check {
  /** What to do about it, in English. */
  action?: string
  /** What was looked at; stable. */
  name: 'database' | 'writer' | 'disk' | 'certificate' | 'turn' | 'cluster' | 'telephony'
  state: 'ok' | 'warn' | 'bad'
  /** What was seen, in English. */
  text: string
  /** The numbers in the text, in its order. With name and state they say what was seen, for translations. */
  values?: number[]
}

export interface Checked {
  errors: FieldError[]
}

export interface ClientSession {
  /** The client's IP address. */
  address: string
  /** The name of the program, when it has told. */
  client: string
  displayName: string
  guest: boolean
  /** With the resource. */
  jid: string
  /** The server that it is connected to. */
  node: string
  /** The connection is encrypted. */
  secure: boolean
  since?: string
  state: 'available' | 'away' | 'dnd' | 'unavailable' | 'lost'
  user: string
}

export interface ClientSessionPage {
  items: ClientSession[]
  total: number
}

export interface Conflict {
  /** When; none where nobody knows. */
  at: string
  /** Address of who it was; empty for the server itself, and where nobody knows. */
  by: string
  /** The object's revision now. */
  current?: number
}

export interface Counts {
  devices: number
  locations: number
  teams: number
  users: number
}

export interface Device {
  /** It comes and goes with a switch in the user's form: name and owner stay. */
  bySwitch: boolean
  changed: string
  changedBy: string
  /** Empty leaves it to the device. */
  encryption: '' | 'required'
  id: string
  kind: 'phone' | 'softphone' | 'mobile' | 'fax'
  /** ID of the location that it belongs to; empty for none. */
  location: string
  locationName: string
  name: string
  /** Address of the user who has it; empty for nobody. */
  owner: string
  ownerName: string
  revision: number
  /** Missing: it has no secret and cannot register. */
  secretSince?: string
  /** By which it registers; empty for what does not speak SIP, or has had no secret yet. */
  sipUser: string
}

export interface DeviceChange {
  encryption: '' | 'required'
  name: string
  /** Address of the user who has it; empty for nobody. */
  owner: string
  /** The one that was read: when it is not the device's any more, somebody else has changed it. */
  revision: number
}

export interface DevicePage {
  items: Device[]
  total: number
}

export interface DeviceSecret {
  device: Device
  /** Of who has the device. */
  name: string
  realm: string
  secret: string
  /** The host to register at. */
  server: string
  /** Where the server listens, the best one first. */
  transports: SIPTransport[]
  user: string
}

export interface DialIn {
  number: string
  /** Nine digits. */
  pin: string
}

export interface DialledCode {
  code: string
  function: string
}

export interface DialledCodes {
  items: DialledCode[]
}

export interface FieldError {
  /** Stable, for translations. */
  code: string
  /** Its name in the request, with a dot between levels. */
  field: string
  /** A value that would be right. */
  suggestion?: string
  /** In English. */
  text: string
}

export interface FollowMe {
  items: FollowMeDevice[]
}

export interface FollowMeChange {
  /** For calls from outside. */
  external: RingTimer
  /** Of a user's mobile telephone: GSM mode, in which it alone rings, at once and for all calls. Missing in a change keeps it. */
  gsm?: boolean
  /** For calls of users here. */
  internal: RingTimer
  /** For calls of teams in which the user is logged in; the timeout comes before that of the team. */
  queue: RingTimer
  /** The one that was read: when it is not the device's any more, somebody else has changed it. */
  revision: number
  /** Who is rung may change it himself. Of what he saves himself this is not taken. */
  userConfigurable: boolean
}

export interface FollowMeDevice {
  /** Name of the location that it belongs to, where the user is logged in; empty for his own. */
  at: string
  /** Its ID; xmpp stands for all XMPP clients of the user. */
  device: string
  /** For calls from outside. */
  external: RingTimer
  /** Of a user's mobile telephone: GSM mode, in which it alone rings, at once and for all calls. Missing in a change keeps it. */
  gsm?: boolean
  /** For calls of users here. */
  internal: RingTimer
  kind: 'phone' | 'softphone' | 'mobile' | 'xmpp'
  /** One may not change it oneself. */
  locked: boolean
  /** Empty for the XMPP clients. */
  name: string
  /** Of a mobile telephone; without one it does not ring. */
  number: string
  /** For calls of teams in which the user is logged in; the timeout comes before that of the team. */
  queue: RingTimer
  /** 0 as long as nobody has changed anything. */
  revision: number
  /** Who is rung may change it himself. Of what he saves himself this is not taken. */
  userConfigurable: boolean
}

export interface Forward {
  active: boolean
  changed: string
  changedBy: string
  /** The user's; empty for none. */
  extension: string
  revision: number
  /** As he would dial it; *103 is his voicemail. */
  target: string
  /** Which user or team has the extension that is the target; empty for a number outside and the voicemail. */
  toName: string
  /** Address of the user. */
  user: string
  userName: string
}

export interface ForwardChange {
  active: boolean
  /** The one that was read, 0 for none: when it is not the forward's any more, somebody else has changed it. */
  revision: number
  /** The extension of a user or a team, a number outside as the user would dial it, or *103 for his voicemail. */
  target: string
}

export interface ForwardPage {
  items: Forward[]
  total: number
}

export interface FunctionCode {
  function: string
  /** Dialled for it as long as nothing else is set. */
  standard: string
}

export interface Group {
  access: GuestAccess
  conference: GroupConference
  description: string
  /** Guests who are in it now. */
  guests: number
  members: number
  /** Who is no member cannot enter, guests apart. */
  membersOnly: boolean
  name: string
  /** What telephones inside dial for its conference. */
  number?: string
  /** Who is in it now, guests included. */
  occupants: number
  present: Occupant[]
  /** Guests are allowed. */
  public: boolean
  room: string
}

export interface GroupAffiliation {
  affiliation: 'owner' | 'admin' | 'member'
  jid: string
}

export interface GroupChange {
  /** As it was read: when the group is called something else by now, somebody else has changed it. */
  before: GroupText
  description: string
  name: string
}

export interface GroupConference {
  /** Who take part. */
  people: number
  /** Waiting: guests wait for a moderator. Hold: the last one has left. */
  state: 'idle' | 'waiting' | 'live' | 'hold' | 'ended'
  /** Who wait for a moderator, or to be let in. */
  waiting: number
}

export interface GroupMember {
  affiliation: 'owner' | 'admin' | 'member'
  displayName: string
  jid: string
  presence: 'available' | 'away' | 'dnd' | 'offline'
}

export interface GroupMemberPage {
  items: GroupMember[]
  total: number
}

export interface GroupMembersChange {
  remove: string[]
  set: GroupAffiliation[]
}

export interface GroupPage {
  items: GroupRow[]
  total: number
}

export interface GroupRow {
  conference: GroupConference
  /** Guests who are in it now. */
  guests: number
  members: number
  /** Who is no member cannot enter, guests apart. */
  membersOnly: boolean
  name: string
  /** What telephones inside dial for its conference. */
  number?: string
  /** Who is in it now, guests included. */
  occupants: number
  /** Guests are allowed. */
  public: boolean
  room: string
}

export interface GroupText {
  description: string
  name: string
}

export interface GuestAccess {
  allowed: boolean
  /** Address of who allowed it. */
  by?: string
  /** How many guests may be in it at the same time. */
  limit?: number
  /** To dial in; missing where none is set. */
  number?: string
  /** Nine digits; missing where no number is set, as it opens nothing then. */
  pin?: string
  since?: string
  /** The link for browsers. */
  url?: string
}

export interface GuestInfo {
  /** How to take part with a telephone; missing where there is no number. */
  dialIn?: DialIn
  /** Where guests log in over XMPP, with the token of the link. */
  domain: string
  /** The group's name. */
  group: string
  /** The group's address. */
  room: string
  /** A conference is under way. */
  running?: boolean
  /** Full: all places for guests are taken. */
  state: 'open' | 'full'
}

export interface GuestsAllowed {
  allowed: boolean
}

export interface InboundRule {
  /** Pattern of the number called. */
  destination: string
  /** May hold ${EXTEN:offset:length} of the number called; empty: the call is refused. */
  extension: string
  /** Of prompts; empty for the server's. */
  language: '' | 'de' | 'en'
  /** Pattern of the caller's number; empty for any. */
  source: string
  title: string
}

export interface Invitation {
  text: string
}

export interface JournalCall {
  answered?: string
  began: string
  dialled: string
  ended?: string
  id: string
  incoming: boolean
  /** Both are inside. */
  internal: boolean
  /** missed: nobody has answered; voicemail: the box has taken it; elsewhere: somebody else has; refused: one has declined it, or the server has ended it. */
  outcome: 'accepted' | 'missed' | 'voicemail' | 'elsewhere' | 'forwarded' | 'refused'
  /** Oneself, with the telephone; in the journal of a team who has taken the call, or the team. */
  own: CallParty
  /** What is dialled before the number to call back, or was. */
  prefix: string
  /** For which they have talked. */
  seconds: number
  /** ID of the team whose call this is; empty for none. */
  team: string
  teamName: string
  /** How the caller came to look for the callee. */
  via: 'dial' | 'forward' | 'transfer' | 'pickup' | 'queue' | 'voicemail'
  /** ID of the message that was left. */
  voicemail: string
  /** The other one; empty when he does not want to be shown. */
  with: CallParty
}

export interface JournalDetail {
  answered?: string
  began: string
  dialled: string
  ended?: string
  id: string
  incoming: boolean
  /** Both are inside. */
  internal: boolean
  /** Of the call, those that are shown to users, sorted by name. */
  labels: LabelValue[]
  /** The last three calls with the other one before, the newest first; empty in the journal of a team. */
  last: JournalCall[]
  /** missed: nobody has answered; voicemail: the box has taken it; elsewhere: somebody else has; refused: one has declined it, or the server has ended it. */
  outcome: 'accepted' | 'missed' | 'voicemail' | 'elsewhere' | 'forwarded' | 'refused'
  /** Oneself, with the telephone; in the journal of a team who has taken the call, or the team. */
  own: CallParty
  /** What is dialled before the number to call back, or was. */
  prefix: string
  /** For which they have talked. */
  seconds: number
  /** Of the whole call, the oldest first: each below its parent. */
  steps: CallRecord[]
  /** ID of the team whose call this is; empty for none. */
  team: string
  teamName: string
  /** How the caller came to look for the callee. */
  via: 'dial' | 'forward' | 'transfer' | 'pickup' | 'queue' | 'voicemail'
  /** ID of the message that was left. */
  voicemail: string
  /** The other one; empty when he does not want to be shown. */
  with: CallParty
}

export interface JournalPage {
  /** When this was so: what is to be noted as seen by POST /app/journal/seen. */
  asOf: string
  items: JournalCall[]
  /** Calls that one has missed and not seen, 999 at most; 0 in the journal of a team. */
  missed: number
  /** To be given as before for what is older; missing at the end. */
  next?: string
}

export interface JournalSeen {
  /** asOf of the page that was shown; what has ended later stays unseen. */
  until: string
}

export interface LabelValue {
  name: string
  value: string
}

export interface Location {
  changed: string
  changedBy: string
  /** How many belong to it. */
  devices: number
  id: string
  name: string
  revision: number
  since?: string
  /** Address of who is logged in there; empty for nobody. */
  user: string
  userName: string
}

export interface LocationChange {
  name: string
  /** The one that was read: when it is not the location's any more, somebody else has changed it. */
  revision: number
}

export interface LocationData {
  name: string
}

export interface LocationDevices {
  assigned: Device[]
  /** Those that nobody has, and no location. */
  available: Device[]
}

export interface LocationDevicesChange {
  /** IDs of devices that nobody has, and no location. */
  assign: string[]
  unassign: string[]
}

export interface LocationPage {
  items: Location[]
  total: number
}

export interface Login {
  /** Login name, or address (name@domain) where there are several domains. */
  login: string
  password: string
}

export interface Mailbox {
  /** Messages are deleted when they were mailed. */
  discard: boolean
  /** The server sends mail at all. */
  mails: boolean
  /** Address of the user, or ID of the team, whose box is listened to by the code for the monitored one (voicemail-watched); empty for his own. */
  monitored: string
  /** Of the user or team whose box it is; empty for his own. */
  monitoredName: string
  /** Messages that nobody has listened to. */
  new: number
  old: number
}

export interface MailboxData {
  /** Messages are deleted when they were mailed. */
  discard: boolean
  /** Address of the user, or ID of the team, whose box is listened to by the code for the monitored one (voicemail-watched); empty for his own. */
  monitored: string
}

export interface Meetings {
  /** Who take part. */
  people: number
  /** Those too that wait for a moderator, or are on hold. */
  running: number
  /** Who wait for a moderator, or to be let in. */
  waiting: number
}

export interface Member {
  assigned: boolean
  /** The extension, or the owner of a device. */
  detail: string
  /** The address for a user. */
  id: string
  kind: 'user' | 'device' | 'team' | 'location'
  name: string
}

export interface MemberPage {
  items: Member[]
  total: number
}

export interface MembersChange {
  add: string[]
  kind: 'user' | 'device' | 'team' | 'location'
  remove: string[]
}

export interface NewCallObject {
  /** Of a router or a template. */
  actions: CallAction[]
  /** Of a calendar. */
  days: CallDay[]
  /** Of a menu, router or switch; empty: it cannot be dialled. */
  extension: string
  /** Of a period. */
  hours: CallHours[]
  /** A switch begins so. */
  initial: boolean
  kind: 'ivr' | 'router' | 'period' | 'calendar' | 'switch' | 'template' | 'label'
  /** Of a label; others have none. */
  label?: CallLabel
  menu: CallMenu
  name: string
  /** IDs, of a switch: who has one of them sees it in apps and on the lamps of his telephones, and turns it there. */
  permissions?: string[]
  /** Of a template; others have none. */
  template?: CallTemplate
}

export interface NewDevice {
  encryption: '' | 'required'
  kind: 'phone' | 'softphone'
  name: string
  /** Address of the user who has it; empty for nobody. */
  owner: string
}

export interface NewGroup {
  description?: string
  /** The part of the address before the @. Missing: made of the name. */
  local?: string
  members: string[]
  name: string
  /** At least one. */
  owners: string[]
}

export interface NewTeam {
  /** Extension to which callers go whom nobody takes, or *103 for the voicemail of the team; empty: they are told so. */
  afterTarget: string
  /** How often callers are told their place; 0 is never. */
  announce: number
  /** They are deleted when they were sent. */
  boxDiscard: boolean
  /** Where messages for the team are sent; empty for nowhere. */
  boxEmail: string
  /** By which others listen to them with the code for other boxes (voicemail-other). Missing keeps it, empty removes it. */
  boxPin?: string
  /** Empty: the team cannot be dialled. */
  extension: string
  /** How long callers from outside wait; 0 is without limit. */
  externalTimeout: number
  /** How long callers from inside wait; 0 is without limit. */
  internalTimeout: number
  /** Callers wait though no member is there. */
  joinEmpty: boolean
  /** Those who wait are sent away when the last member leaves. */
  leaveEmpty: boolean
  /** Digits: * with this code and the extension of a dynamic member lets him in or out; empty for none. */
  loginCode: string
  /** How many callers may wait at the same time; 0 is without limit. */
  maxWaiting: number
  /** How long a member is rung. */
  memberTimeout: number
  /** In the order in which they are rung where that matters. */
  members: TeamMember[]
  name: string
  /** Who else hears of callers that wait: nobody, members who are free to take calls and those of the pickup group who are no members, members who are out or pause and those, only those, the whole pickup group. They may pick the callers up. */
  notify: '' | 'available' | 'unavailable' | 'nonmembers' | 'group'
  /** Without any nobody may pause. */
  pauseReasons: PauseReason[]
  /** ID of the permission whose users that is; empty: of all with pickup.group that the team has, everybody as long as there is no such permission. */
  pickupGroup: string
  /** Name of the label of a call that says before whom its caller comes: a number up to 1000, the higher first; none is 0. Missing: they come as they have called. */
  priorityLabel?: string
  /** Callers hear a ringing tone, and not music. */
  ringback: boolean
  /** Who is rung: all, one after another, who has not talked for longest, who has had the fewest calls, anybody, anybody by weight, in turn in the order of logging in, in turn in the order of the list. */
  strategy: 'ringall' | 'inorder' | 'longestidle' | 'fewestcalls' | 'random' | 'weighted' | 'roundrobin' | 'roundrobin_sorted'
  /** Name of the label that says in seconds how long its caller waits, in the place of internalTimeout and externalTimeout. */
  timeoutLabel?: string
  /** Of members in several teams the one with the greater weight has them first. */
  weight: number
  /** For how long a member gets no further call after one; 0 is not at all. */
  wrapUp: number
}

export interface NewTrunk {
  accounts: TrunkAccount[]
  /** Code of the area, without zeros; may be empty. */
  area: string
  block?: NumberBlock
  /** Code of the country, without zeros. */
  country: string
  enabled: boolean
  /** Extension of calls that no inbound rule fits; empty: they are refused. */
  fallback: string
  /** How numbers are written to the provider. */
  format: 'e164' | 'digits' | 'international' | 'national'
  /** The one that fits best is taken, whatever the order. */
  inbound: InboundRule[]
  /** Prefix of numbers of other countries. */
  international: string
  kind: 'registering' | 'address'
  /** At a time; 0 for no limit. */
  maxCalls: number
  name: string
  /** Prefix of numbers of other areas; may be empty. */
  national: string
  /** The one that fits best is taken, whatever the order. */
  outbound: OutboundRule[]
  policy: TrunkPolicy
  /** Dialled for this trunk, and put before callers' numbers so that they can be called back. */
  prefix: string
}

export interface NewUser {
  auth: 'internal' | 'external' | 'none'
  callWaiting: boolean
  disabled: boolean
  /** Empty means the login name. */
  displayName: string
  /** Missing means the main one. */
  domain?: string
  email: string
  /** Empty means none. */
  extension: string
  /** Not empty makes a virtual fax device. */
  faxExtension: string
  language: '' | 'de' | 'en'
  level: '' | 'system-administrator' | 'administrator' | 'pbx-manager' | 'phonebook-manager' | 'grafana-viewer'
  login: string
  mobile: boolean
  mobileNumber: string
  /** Needed for the authentication internal. */
  password?: string
  /** Missing keeps it, empty removes it. */
  pin?: string
  /** That other users see instead of the extension. Missing keeps it, empty removes it. */
  shownNumber?: string
  softphone: boolean
  /** In which times of profiles are meant for him: Europe/Berlin. Missing keeps it, empty is that of the organisation. */
  timeZone?: string
  voicemail: 'none' | 'external' | 'internal' | 'all'
}

export interface NextExtension {
  extension: string
}

export interface Node {
  /** It answered this request. */
  here: boolean
  name: string
  sessions: number
}

export interface NumberBlock {
  /** In E.164. */
  base: string
  /** Extension that gets the calls to the first number, or to the only one. */
  central: string
  /** How many follow the base; 0 for a single number. */
  digits: number
}

export interface Occupant {
  guest: boolean
  nick: string
  role: 'visitor' | 'participant' | 'moderator'
  /** Missing for a guest. */
  user?: string
}

export interface OutboundRule {
  /** ID of the account; empty for the first that is up. */
  account: string
  /** Number shown; may hold ${EXTEN:offset:length} of the caller's extension; empty: the one that leads to him. */
  cid: string
  deny: boolean
  /** Pattern of the number. */
  destination: string
  /** Dialled before the number, and taken off. */
  inPrefix: string
  outPrefix: string
  /** That is asked for before; empty for none. */
  pin: string
  /** Offered by clients before dialling. */
  show: boolean
  /** Pattern of the caller's extension; empty for any. */
  source: string
  title: string
}

export interface Overview {
  /** The conferences of groups, on all servers. */
  conferences: Meetings
  /** Groups that allow guests. */
  groupsPublic: number
  /** How many guests may be connected at the same time. */
  guestLimit: number
  /** Guests who are connected. */
  guests: number
  health: Check[]
  /** The servers that act as one. */
  nodes: Node[]
  /** Rooms and groups. */
  rooms: number
  /** Connected clients, guests included, on all servers. */
  sessionsOnline: number
  started: string
  uptimeSeconds: number
  /** Users with at least one available client. */
  usersOnline: number
  /** Users who are not in the bin. */
  usersTotal: number
  version: string
}

export interface OwnNumbers {
  /** By name. */
  teams: TeamNumber[]
  /** Those who have an extension, by address. */
  users: UserNumber[]
}

export interface OwnProfiles {
  /** He may make some, change and use them. */
  allowed: boolean
  items: Profile[]
  /** Where he may log in. */
  locations: Place[]
  /** How many he can have. */
  most: number
  /** In which he is. */
  teams: OwnTeam[]
  /** Time zone in which times are meant: his own, or the organisation's. */
  zone: string
}

export interface OwnSwitch {
  /** Dialled, it turns the switch over; empty: it cannot be dialled. */
  extension: string
  id: string
  name: string
  on: boolean
}

export interface OwnSwitches {
  items: OwnSwitch[]
}

export interface OwnTeam {
  /** He logs in and out. */
  dynamic: boolean
  id: string
  name: string
  pauseReasons: PauseReason[]
}

export interface Password {
  /** The present one, for who changes his own. */
  current?: string
  password: string
}

export interface PauseReason {
  /** Digits, as they are dialled. */
  code: string
  title: string
}

export interface Permission {
  auto: Automatic
  /** It cannot be deleted. */
  builtIn: boolean
  changed: string
  changedBy: string
  description: string
  /** How many there are. */
  existing: Counts
  id: string
  /** How many have it. */
  members: Counts
  name: string
  revision: number
  types: string[]
}

export interface PermissionChange {
  auto: Automatic
  description: string
  /** Who gets it by hand and who loses it, saved with the rest or not at all. */
  members?: MembersChange[]
  name: string
  /** The one that was read: when it is not the permission's any more, somebody else has changed it. */
  revision: number
  types: string[]
}

export interface PermissionData {
  auto: Automatic
  description: string
  name: string
  types: string[]
}

export interface PermissionPage {
  items: Permission[]
  total: number
}

export interface PermissionRef {
  id: string
  name: string
}

export interface PermissionType {
  /** What it acts on. */
  kinds: ('user' | 'device' | 'team' | 'location')[]
  type: string
}

export interface PermissionTypes {
  items: PermissionType[]
}

export interface Place {
  id: string
  name: string
  /** Address of who is logged in there, and would be logged out; empty for nobody. */
  user: string
}

export interface Problem {
  /** Stable, for translations: that of the fault, such as not_found, conflict, forbidden, fields, csrf. */
  code: string
  conflict?: Conflict
  /** What is wrong, in English. */
  detail?: string
  errors?: FieldError[]
  /** Of an unexpected fault: the log has the same ID. */
  instance?: string
  status: number
  /** Of the status. */
  title: string
  /** Always about:blank: code says what it is. */
  type: string
}

export interface Profile {
  /** It cannot be deleted; name, silent and permissions stay as they are. */
  builtIn: boolean
  changed: string
  changedBy: string
  /** Of the icon: #2c58d4. */
  colour: string
  /** Carried out one after the other for who comes into the profile. */
  enter: ProfileAction[]
  icon: 'ok' | 'dnd' | 'coffee' | 'moon' | 'home' | 'plane' | 'meet' | 'phone' | 'team' | 'door' | 'clock' | 'user' | 'star' | 'book'
  id: string
  /** Likewise for who leaves it. */
  leave: ProfileAction[]
  name: string
  /** How many users it is offered to. */
  offered: number
  /** IDs: it is offered to those who have one of them. */
  permissions: string[]
  revision: number
  /** How others see who uses it; empty: as his clients say. */
  show: '' | 'away' | 'xa' | 'dnd'
  /** In the presence of who uses it. */
  showIcon: boolean
  /** Nothing of who uses it rings. */
  silent: boolean
  /** No time puts another in its place. */
  sticky: boolean
  /** A call in Microsoft Teams puts those to whom it is offered into it, as long as it lasts. */
  teamsCall: boolean
  triggers: ProfileTrigger[]
  /** How many users were put into it, by themselves, by others or by a time. */
  users: number
  /** Where actions work against each other; advice, not errors. */
  warnings: FieldError[]
}

export interface ProfileAction {
  /** For followme.set: whose timers change, ID or phone, softphone, mobile or xmpp for all of the user's of a kind; empty: all of his. */
  device?: string
  /** Likewise. */
  external?: RingChange
  /** For followme.set; missing leaves it as it is. */
  internal?: RingChange
  kind: 'followme.set' | 'gsm.set' | 'team.login' | 'team.logout' | 'team.pause' | 'team.unpause' | 'location.set' | 'location.unset' | 'forward.set' | 'forward.unset'
  /** ID, for location.set. */
  location: string
  /** For gsm.set: whether the mobile telephone is the only one that rings. */
  on?: boolean
  /** Likewise. */
  queue?: RingChange
  /** Code of the reason, for team.pause. */
  reason: string
  /** For forward.set: as the user would dial it, or *103 for his voicemail. */
  target: string
  /** ID, for the team kinds; empty: every team in which the user is. */
  team: string
}

export interface ProfileChange {
  /** Of the icon: #2c58d4. */
  colour: string
  /** Carried out one after the other for who comes into the profile. */
  enter: ProfileAction[]
  icon: 'ok' | 'dnd' | 'coffee' | 'moon' | 'home' | 'plane' | 'meet' | 'phone' | 'team' | 'door' | 'clock' | 'user' | 'star' | 'book'
  /** Likewise for who leaves it. */
  leave: ProfileAction[]
  name: string
  /** IDs: it is offered to those who have one of them. */
  permissions: string[]
  /** The one that was read: when it is not the profile's any more, somebody else has changed it. */
  revision: number
  /** How others see who uses it; empty: as his clients say. */
  show: '' | 'away' | 'xa' | 'dnd'
  /** In the presence of who uses it. */
  showIcon: boolean
  /** Nothing of who uses it rings. */
  silent: boolean
  /** No time puts another in its place. */
  sticky: boolean
  /** A call in Microsoft Teams puts those to whom it is offered into it, as long as it lasts. */
  teamsCall: boolean
  triggers: ProfileTrigger[]
}

export interface ProfileCheck {
  /** Of the icon: #2c58d4. */
  colour: string
  /** Carried out one after the other for who comes into the profile. */
  enter: ProfileAction[]
  icon: 'ok' | 'dnd' | 'coffee' | 'moon' | 'home' | 'plane' | 'meet' | 'phone' | 'team' | 'door' | 'clock' | 'user' | 'star' | 'book'
  /** The profile being edited; empty for a new one. */
  id: string
  /** Likewise for who leaves it. */
  leave: ProfileAction[]
  name: string
  /** IDs: it is offered to those who have one of them. */
  permissions: string[]
  /** How others see who uses it; empty: as his clients say. */
  show: '' | 'away' | 'xa' | 'dnd'
  /** In the presence of who uses it. */
  showIcon: boolean
  /** Nothing of who uses it rings. */
  silent: boolean
  /** No time puts another in its place. */
  sticky: boolean
  /** A call in Microsoft Teams puts those to whom it is offered into it, as long as it lasts. */
  teamsCall: boolean
  triggers: ProfileTrigger[]
}

export interface ProfileChecked {
  errors: FieldError[]
  /** Where actions work against each other; advice, not errors. */
  warnings: FieldError[]
}

export interface ProfileChoice {
  colour: string
  icon: string
  id: string
  name: string
  /** The user has made it for himself. */
  own: boolean
  silent: boolean
  sticky: boolean
}

export interface ProfileChosen {
  /** Its ID. */
  profile: string
}

export interface ProfileData {
  /** Of the icon: #2c58d4. */
  colour: string
  /** Carried out one after the other for who comes into the profile. */
  enter: ProfileAction[]
  icon: 'ok' | 'dnd' | 'coffee' | 'moon' | 'home' | 'plane' | 'meet' | 'phone' | 'team' | 'door' | 'clock' | 'user' | 'star' | 'book'
  /** Likewise for who leaves it. */
  leave: ProfileAction[]
  name: string
  /** IDs: it is offered to those who have one of them. */
  permissions: string[]
  /** How others see who uses it; empty: as his clients say. */
  show: '' | 'away' | 'xa' | 'dnd'
  /** In the presence of who uses it. */
  showIcon: boolean
  /** Nothing of who uses it rings. */
  silent: boolean
  /** No time puts another in its place. */
  sticky: boolean
  /** A call in Microsoft Teams puts those to whom it is offered into it, as long as it lasts. */
  teamsCall: boolean
  triggers: ProfileTrigger[]
}

export interface ProfileDryRun {
  /** Of the icon: #2c58d4. */
  colour: string
  /** Carried out one after the other for who comes into the profile. */
  enter: ProfileAction[]
  icon: 'ok' | 'dnd' | 'coffee' | 'moon' | 'home' | 'plane' | 'meet' | 'phone' | 'team' | 'door' | 'clock' | 'user' | 'star' | 'book'
  /** The profile being edited; empty for a new one. */
  id: string
  /** Likewise for who leaves it. */
  leave: ProfileAction[]
  /** He leaves the profile, instead of coming into it. */
  leaving: boolean
  name: string
  /** IDs: it is offered to those who have one of them. */
  permissions: string[]
  /** How others see who uses it; empty: as his clients say. */
  show: '' | 'away' | 'xa' | 'dnd'
  /** In the presence of who uses it. */
  showIcon: boolean
  /** Nothing of who uses it rings. */
  silent: boolean
  /** No time puts another in its place. */
  sticky: boolean
  /** A call in Microsoft Teams puts those to whom it is offered into it, as long as it lasts. */
  teamsCall: boolean
  triggers: ProfileTrigger[]
  /** Address of the user for whom. */
  user: string
}

export interface ProfilePage {
  items: Profile[]
  total: number
  /** Time zone in which times are meant. */
  zone: string
}

export interface ProfileRun {
  /** Missing in a dry run. */
  at?: string
  /** Address of who has chosen it; empty for a trigger or the server. */
  by: string
  /** ID of the profile before. */
  left: string
  leftName: string
  name: string
  /** Its ID; empty for a new one. */
  profile: string
  steps: ProfileStep[]
  /** A trigger has chosen it. */
  triggered: boolean
}

export interface ProfileRuns {
  items: ProfileRun[]
}

export interface ProfileStep {
  /** Name of the team, location or device, where the action names one. */
  about: string
  /** For followme.set: whose timers change, ID or phone, softphone, mobile or xmpp for all of the user's of a kind; empty: all of his. */
  device?: string
  /** Likewise. */
  external?: RingChange
  /** For followme.set; missing leaves it as it is. */
  internal?: RingChange
  kind: 'followme.set' | 'gsm.set' | 'team.login' | 'team.logout' | 'team.pause' | 'team.unpause' | 'location.set' | 'location.unset' | 'forward.set' | 'forward.unset'
  /** It is of the profile that was left. */
  leaving: boolean
  /** ID, for location.set. */
  location: string
  /** For gsm.set: whether the mobile telephone is the only one that rings. */
  on?: boolean
  /** Nothing: it was so already. */
  outcome: 'done' | 'nothing' | 'failed'
  /** Likewise. */
  queue?: RingChange
  /** Code of the reason, for team.pause. */
  reason: string
  /** For forward.set: as the user would dial it, or *103 for his voicemail. */
  target: string
  /** ID, for the team kinds; empty: every team in which the user is. */
  team: string
  /** Why it failed, in English; in a dry run also what else it does. */
  text: string
}

export interface ProfileTrigger {
  /** Time of the day: 09:00. */
  at: string
  /** The only day on which it begins, instead of days of the week: 2026-12-24. */
  date: string
  /** Days of the week on which it begins: 0 is Sunday. */
  days: number[]
  /** When they go back to the profile before; empty: they stay. */
  until: string
}

export interface Prompt {
  id: string
  language: 'de' | 'en'
  /** It is a recording and nothing else: its ID begins with own-, and what follows was chosen by an administrator. */
  made: boolean
  /** Six digits: who enters them after the code for prompts (*50) hears it and records another; empty: it is not shared. */
  number: string
  /** A recording has taken the place of the program's own sound. */
  own: boolean
  seconds: number
  /** When it was replaced. */
  since?: string
  /** Of the program's own sound. */
  text: string
}

export interface PromptChoice {
  id: string
  /** In English, where it is one of the program's own; empty for those that an administrator has made. */
  text: string
}

export interface PromptList {
  items: Prompt[]
}

export interface RecordPage {
  /** For how many days records are kept. */
  days: number
  items: CallRecord[]
  /** To be given as before for what is older; missing at the end. */
  next?: string
}

export interface Registration {
  /** IP address and port that it is reached at. */
  address: string
  contact: string
  device: string
  deviceName: string
  /** When it ends unless it is renewed. */
  expires: string
  /** Within its device. */
  id: string
  kind: 'phone' | 'softphone'
  /** Address of the user who has the device; empty for nobody. */
  owner: string
  ownerName: string
  /** The signalling is encrypted. */
  secure: boolean
  since: string
  sipUser: string
  transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss'
  /** What the telephone says that it is. */
  userAgent: string
}

export interface RegistrationPage {
  items: Registration[]
  total: number
}

export interface RingChange {
  /** Seconds, for on. */
  delay: number
  /** Seconds, for on; 0 leaves both as they are. */
  timeout: number
  /** Empty leaves it as it is. */
  to: '' | 'on' | 'off'
}

export interface RingTimer {
  /** Seconds before it begins to ring, 0 to 999. */
  delay: number
  enabled: boolean
  /** Seconds that it rings then, 1 to 999; 999 is as long as others do: as the configuration says, or the team. */
  timeout: number
}

export interface RollOut {
  /** A line is added even where it is already. */
  again: boolean
  /** Everybody. */
  all: boolean
  /** What is done with actions that are there: they stay, they go, or who has some is left alone. */
  mode: 'append' | 'replace' | 'skip'
  /** Otherwise: addresses of users, or IDs of teams or menus. */
  to: string[]
}

export interface RollOutItem {
  /** Address of the user, or ID of the team or menu. */
  id: string
  name: string
  outcome: 'changed' | 'unchanged' | 'skipped' | 'refused'
  /** It was refused; empty otherwise. */
  why: string
}

export interface RollOutResult {
  changed: number
  /** 200 of them at most, the refused first. */
  items: RollOutItem[]
  refused: number
  /** There are other actions, and the mode leaves them alone. */
  skipped: number
  /** All of it is there already. */
  unchanged: number
}

export interface SIPTransport {
  port: number
  transport: 'tls' | 'tcp' | 'udp' | 'wss'
}

export interface Series {
  /** Processor time in percent of one core. */
  cpu: number[]
  /** Of the first point. */
  from: string
  /** Memory of the process in bytes; the highest number in the step. */
  memory: number[]
  /** Messages in each step. */
  messages: number[]
  /** Connected clients; the highest number in the step. */
  sessions: number[]
  /** Seconds between two points. */
  step: number
}

export interface Session {
  /** To be sent back as header X-CSRF-Token with every request that changes something. */
  csrf: string
  displayName: string
  /** The domains in which users can be made, the main one first. */
  domains: string[]
  /** When the session ends, whatever happens. */
  expires: string
  /** The domain of the groups' addresses. */
  groupDomain: string
  /** After how many seconds without a request the session ends. */
  idleSeconds: number
  /** The user's language; missing when he has none. */
  language?: 'de' | 'en'
  level: 'system-administrator' | 'administrator' | 'pbx-manager' | 'phonebook-manager' | 'grafana-viewer'
  /** What the level may use. */
  rights: ('overview' | 'organisation' | 'trunks' | 'services')[]
  user: string
}

export interface SetCode {
  /** A star and one to five digits, with # behind them or not: *8, *42#. */
  code: string
  /** Its name, one of those in functions. */
  function: string
}

export interface Skill {
  /** 1 to 100. */
  level: number
  name: string
}

export interface SwitchState {
  on: boolean
}

export interface Team {
  /** Extension to which callers go whom nobody takes, or *103 for the voicemail of the team; empty: they are told so. */
  afterTarget: string
  /** What the members do, in the order of members. */
  agents: TeamAgent[]
  /** How often callers are told their place; 0 is never. */
  announce: number
  /** They are deleted when they were sent. */
  boxDiscard: boolean
  /** Where messages for the team are sent; empty for nowhere. */
  boxEmail: string
  /** By which others listen to them with the code for other boxes (voicemail-other). Missing keeps it, empty removes it. */
  boxPin?: string
  changed: string
  changedBy: string
  /** Empty: the team cannot be dialled. */
  extension: string
  /** How long callers from outside wait; 0 is without limit. */
  externalTimeout: number
  hasBoxPin: boolean
  id: string
  /** How long callers from inside wait; 0 is without limit. */
  internalTimeout: number
  /** Callers wait though no member is there. */
  joinEmpty: boolean
  /** Those who wait are sent away when the last member leaves. */
  leaveEmpty: boolean
  /** Digits: * with this code and the extension of a dynamic member lets him in or out; empty for none. */
  loginCode: string
  /** How many callers may wait at the same time; 0 is without limit. */
  maxWaiting: number
  /** How long a member is rung. */
  memberTimeout: number
  /** In the order in which they are rung where that matters. */
  members: TeamMember[]
  name: string
  /** Who else hears of callers that wait: nobody, members who are free to take calls and those of the pickup group who are no members, members who are out or pause and those, only those, the whole pickup group. They may pick the callers up. */
  notify: '' | 'available' | 'unavailable' | 'nonmembers' | 'group'
  /** Without any nobody may pause. */
  pauseReasons: PauseReason[]
  /** ID of the permission whose users that is; empty: of all with pickup.group that the team has, everybody as long as there is no such permission. */
  pickupGroup: string
  /** Name of the label of a call that says before whom its caller comes: a number up to 1000, the higher first; none is 0. Missing: they come as they have called. */
  priorityLabel?: string
  revision: number
  /** Callers hear a ringing tone, and not music. */
  ringback: boolean
  /** Who is rung: all, one after another, who has not talked for longest, who has had the fewest calls, anybody, anybody by weight, in turn in the order of logging in, in turn in the order of the list. */
  strategy: 'ringall' | 'inorder' | 'longestidle' | 'fewestcalls' | 'random' | 'weighted' | 'roundrobin' | 'roundrobin_sorted'
  /** Name of the label that says in seconds how long its caller waits, in the place of internalTimeout and externalTimeout. */
  timeoutLabel?: string
  /** Of members in several teams the one with the greater weight has them first. */
  weight: number
  /** For how long a member gets no further call after one; 0 is not at all. */
  wrapUp: number
}

export interface TeamAgent {
  in: boolean
  name: string
  /** Code of the reason; empty: does not pause. */
  paused: string
  since: string
  user: string
}

export interface TeamCaller {
  /** ID of the call. */
  call: string
  name: string
  /** What members must be able to do who are rung for him, at these levels at least. */
  needs: Skill[]
  number: string
  /** Addresses of those who are rung for him. */
  rings: string[]
  since: string
}

export interface TeamChange {
  /** Extension to which callers go whom nobody takes, or *103 for the voicemail of the team; empty: they are told so. */
  afterTarget: string
  /** How often callers are told their place; 0 is never. */
  announce: number
  /** They are deleted when they were sent. */
  boxDiscard: boolean
  /** Where messages for the team are sent; empty for nowhere. */
  boxEmail: string
  /** By which others listen to them with the code for other boxes (voicemail-other). Missing keeps it, empty removes it. */
  boxPin?: string
  /** Empty: the team cannot be dialled. */
  extension: string
  /** How long callers from outside wait; 0 is without limit. */
  externalTimeout: number
  /** How long callers from inside wait; 0 is without limit. */
  internalTimeout: number
  /** Callers wait though no member is there. */
  joinEmpty: boolean
  /** Those who wait are sent away when the last member leaves. */
  leaveEmpty: boolean
  /** Digits: * with this code and the extension of a dynamic member lets him in or out; empty for none. */
  loginCode: string
  /** How many callers may wait at the same time; 0 is without limit. */
  maxWaiting: number
  /** How long a member is rung. */
  memberTimeout: number
  /** In the order in which they are rung where that matters. */
  members: TeamMember[]
  name: string
  /** Who else hears of callers that wait: nobody, members who are free to take calls and those of the pickup group who are no members, members who are out or pause and those, only those, the whole pickup group. They may pick the callers up. */
  notify: '' | 'available' | 'unavailable' | 'nonmembers' | 'group'
  /** Without any nobody may pause. */
  pauseReasons: PauseReason[]
  /** ID of the permission whose users that is; empty: of all with pickup.group that the team has, everybody as long as there is no such permission. */
  pickupGroup: string
  /** Name of the label of a call that says before whom its caller comes: a number up to 1000, the higher first; none is 0. Missing: they come as they have called. */
  priorityLabel?: string
  /** The one that was read: when it is not that of the team any more, somebody else has changed it. */
  revision: number
  /** Callers hear a ringing tone, and not music. */
  ringback: boolean
  /** Who is rung: all, one after another, who has not talked for longest, who has had the fewest calls, anybody, anybody by weight, in turn in the order of logging in, in turn in the order of the list. */
  strategy: 'ringall' | 'inorder' | 'longestidle' | 'fewestcalls' | 'random' | 'weighted' | 'roundrobin' | 'roundrobin_sorted'
  /** Name of the label that says in seconds how long its caller waits, in the place of internalTimeout and externalTimeout. */
  timeoutLabel?: string
  /** Of members in several teams the one with the greater weight has them first. */
  weight: number
  /** For how long a member gets no further call after one; 0 is not at all. */
  wrapUp: number
}

export interface TeamCheck {
  /** Extension to which callers go whom nobody takes, or *103 for the voicemail of the team; empty: they are told so. */
  afterTarget: string
  /** How often callers are told their place; 0 is never. */
  announce: number
  /** They are deleted when they were sent. */
  boxDiscard: boolean
  /** Where messages for the team are sent; empty for nowhere. */
  boxEmail: string
  /** By which others listen to them with the code for other boxes (voicemail-other). Missing keeps it, empty removes it. */
  boxPin?: string
  /** Empty: the team cannot be dialled. */
  extension: string
  /** How long callers from outside wait; 0 is without limit. */
  externalTimeout: number
  /** Of the team; empty for a new one. */
  id: string
  /** How long callers from inside wait; 0 is without limit. */
  internalTimeout: number
  /** Callers wait though no member is there. */
  joinEmpty: boolean
  /** Those who wait are sent away when the last member leaves. */
  leaveEmpty: boolean
  /** Digits: * with this code and the extension of a dynamic member lets him in or out; empty for none. */
  loginCode: string
  /** How many callers may wait at the same time; 0 is without limit. */
  maxWaiting: number
  /** How long a member is rung. */
  memberTimeout: number
  /** In the order in which they are rung where that matters. */
  members: TeamMember[]
  name: string
  /** Who else hears of callers that wait: nobody, members who are free to take calls and those of the pickup group who are no members, members who are out or pause and those, only those, the whole pickup group. They may pick the callers up. */
  notify: '' | 'available' | 'unavailable' | 'nonmembers' | 'group'
  /** Without any nobody may pause. */
  pauseReasons: PauseReason[]
  /** ID of the permission whose users that is; empty: of all with pickup.group that the team has, everybody as long as there is no such permission. */
  pickupGroup: string
  /** Name of the label of a call that says before whom its caller comes: a number up to 1000, the higher first; none is 0. Missing: they come as they have called. */
  priorityLabel?: string
  /** Callers hear a ringing tone, and not music. */
  ringback: boolean
  /** Who is rung: all, one after another, who has not talked for longest, who has had the fewest calls, anybody, anybody by weight, in turn in the order of logging in, in turn in the order of the list. */
  strategy: 'ringall' | 'inorder' | 'longestidle' | 'fewestcalls' | 'random' | 'weighted' | 'roundrobin' | 'roundrobin_sorted'
  /** Name of the label that says in seconds how long its caller waits, in the place of internalTimeout and externalTimeout. */
  timeoutLabel?: string
  /** Of members in several teams the one with the greater weight has them first. */
  weight: number
  /** For how long a member gets no further call after one; 0 is not at all. */
  wrapUp: number
}

export interface TeamItem {
  /** Extension to which callers go whom nobody takes, or *103 for the voicemail of the team; empty: they are told so. */
  afterTarget: string
  /** What the members do, in the order of members. */
  agents: TeamAgent[]
  /** How often callers are told their place; 0 is never. */
  announce: number
  /** They are deleted when they were sent. */
  boxDiscard: boolean
  /** Where messages for the team are sent; empty for nowhere. */
  boxEmail: string
  /** By which others listen to them with the code for other boxes (voicemail-other). Missing keeps it, empty removes it. */
  boxPin?: string
  changed: string
  changedBy: string
  /** Empty: the team cannot be dialled. */
  extension: string
  /** How long callers from outside wait; 0 is without limit. */
  externalTimeout: number
  hasBoxPin: boolean
  id: string
  /** How long callers from inside wait; 0 is without limit. */
  internalTimeout: number
  /** Callers wait though no member is there. */
  joinEmpty: boolean
  /** Those who wait are sent away when the last member leaves. */
  leaveEmpty: boolean
  /** Digits: * with this code and the extension of a dynamic member lets him in or out; empty for none. */
  loginCode: string
  /** Since when the first of them does. */
  longest?: string
  /** How many callers may wait at the same time; 0 is without limit. */
  maxWaiting: number
  /** How long a member is rung. */
  memberTimeout: number
  /** In the order in which they are rung where that matters. */
  members: TeamMember[]
  name: string
  /** Who else hears of callers that wait: nobody, members who are free to take calls and those of the pickup group who are no members, members who are out or pause and those, only those, the whole pickup group. They may pick the callers up. */
  notify: '' | 'available' | 'unavailable' | 'nonmembers' | 'group'
  /** Without any nobody may pause. */
  pauseReasons: PauseReason[]
  /** ID of the permission whose users that is; empty: of all with pickup.group that the team has, everybody as long as there is no such permission. */
  pickupGroup: string
  /** Members who have logged in and do not pause. */
  present: number
  /** Name of the label of a call that says before whom its caller comes: a number up to 1000, the higher first; none is 0. Missing: they come as they have called. */
  priorityLabel?: string
  revision: number
  /** Callers hear a ringing tone, and not music. */
  ringback: boolean
  /** Who is rung: all, one after another, who has not talked for longest, who has had the fewest calls, anybody, anybody by weight, in turn in the order of logging in, in turn in the order of the list. */
  strategy: 'ringall' | 'inorder' | 'longestidle' | 'fewestcalls' | 'random' | 'weighted' | 'roundrobin' | 'roundrobin_sorted'
  /** Members who talk to a caller of the team. */
  talking: number
  /** Name of the label that says in seconds how long its caller waits, in the place of internalTimeout and externalTimeout. */
  timeoutLabel?: string
  /** Callers who wait. */
  waiting: number
  /** Of members in several teams the one with the greater weight has them first. */
  weight: number
  /** For how long a member gets no further call after one; 0 is not at all. */
  wrapUp: number
}

export interface TeamLive {
  members: TeamMemberLive[]
  /** Callers, the next one first. */
  waiting: TeamCaller[]
}

export interface TeamMember {
  /** Logs in and out; others are always in. */
  dynamic: boolean
  /** Those with a higher one are rung only when nobody with a lower one takes the call. */
  priority: number
  /** Address. */
  user: string
  /** For the strategy weighted: the chance is 1 to this + 1. */
  weight: number
}

export interface TeamMemberLive {
  /** Of the team, since he is in. */
  calls: number
  doing: 'out' | 'paused' | 'absent' | 'free' | 'ringing' | 'talking' | 'busy' | 'wrapup'
  in: boolean
  name: string
  /** Title of the reason; empty: does not pause. */
  paused: string
  /** When he has logged in or out, or begun or ended a pause. */
  since: string
  user: string
}

export interface TeamMove {
  in: boolean
  /** Code of the reason; empty: does not pause. */
  paused: string
}

export interface TeamNumber {
  /** Empty when it cannot be dialled. */
  extension: string
  id: string
  name: string
}

export interface TeamPage {
  items: TeamItem[]
  total: number
}

export interface TeamsTrigger {
  /** The last time; missing when it was never. */
  asked?: string
  /** ID of the application there; it has the permissions Presence.Read.All and User.ReadBasic.All. */
  client: string
  enabled: boolean
  /** Why the last time failed, in English; empty when it did not. */
  failure: string
  /** One after the other, up to now. */
  failures: number
  hasSecret: boolean
  revision: number
  /** ID or domain of the organisation at Microsoft. */
  tenant: string
  /** Who were asked for then. */
  users: number
}

export interface TeamsTriggerChange {
  /** ID of the application there; it has the permissions Presence.Read.All and User.ReadBasic.All. */
  client: string
  enabled: boolean
  /** The one that was read: when it is not the stored one any more, somebody else has changed it. */
  revision: number
  /** Of the application; missing keeps the one there is, empty removes it. */
  secret?: string
  /** ID or domain of the organisation at Microsoft. */
  tenant: string
}

export interface Telephony {
  /** Emergency numbers that are always there. */
  builtIn: string[]
  changed: string
  changedBy: string
  /** What is dialled for functions; those that are not named, or have no code, have the standard. */
  codes: SetCode[]
  /** Code of the country, without zeros. */
  defaultCountry: string
  /** Dialled before numbers outside. */
  dialPrefix: string
  /** Numbers of emergency services besides those built in. */
  emergency: string[]
  /** By which the conferences of groups are reached from outside, in E.164; empty for none. */
  externalGroupNumber: string
  /** All functions whose code can be set. */
  functions: FunctionCode[]
  /** 0 as long as nobody has changed anything. */
  revision: number
}

export interface TelephonyChange {
  /** What is dialled for functions; those that are not named, or have no code, have the standard. */
  codes: SetCode[]
  /** Code of the country, without zeros. */
  defaultCountry: string
  /** Dialled before numbers outside. */
  dialPrefix: string
  /** Numbers of emergency services besides those built in. */
  emergency: string[]
  /** By which the conferences of groups are reached from outside, in E.164; empty for none. */
  externalGroupNumber: string
  /** The one that was read: when it is not that of the settings any more, somebody else has changed them. */
  revision: number
}

export interface TelephonyData {
  /** What is dialled for functions; those that are not named, or have no code, have the standard. */
  codes: SetCode[]
  /** Code of the country, without zeros. */
  defaultCountry: string
  /** Dialled before numbers outside. */
  dialPrefix: string
  /** Numbers of emergency services besides those built in. */
  emergency: string[]
  /** By which the conferences of groups are reached from outside, in E.164; empty for none. */
  externalGroupNumber: string
}

export interface Trunk {
  accounts: TrunkAccount[]
  /** Code of the area, without zeros; may be empty. */
  area: string
  changed: string
  changedBy: string
  /** Code of the country, without zeros. */
  country: string
  enabled: boolean
  /** Extension of calls that no inbound rule fits; empty: they are refused. */
  fallback: string
  /** How numbers are written to the provider. */
  format: 'e164' | 'digits' | 'international' | 'national'
  id: string
  /** The one that fits best is taken, whatever the order. */
  inbound: InboundRule[]
  /** Prefix of numbers of other countries. */
  international: string
  kind: 'registering' | 'address'
  /** At a time; 0 for no limit. */
  maxCalls: number
  name: string
  /** Prefix of numbers of other areas; may be empty. */
  national: string
  /** The one that fits best is taken, whatever the order. */
  outbound: OutboundRule[]
  policy: TrunkPolicy
  /** Dialled for this trunk, and put before callers' numbers so that they can be called back. */
  prefix: string
  revision: number
  /** Of the accounts, as far as they are known. */
  states: AccountState[]
}

export interface TrunkAccount {
  /** From which calls come besides those of host and proxy. */
  addresses: string[]
  /** Where the caller's number is told. */
  clip: 'auto' | 'from' | 'ppi' | 'pai'
  /** How the caller's number is hidden. */
  clir: 'auto' | 'from' | 'privacy'
  /** Media is encrypted, or there is no call; only with TLS. */
  encrypt?: boolean
  /** That is registered; empty for user. */
  extension: string
  /** Read only. */
  hasPassword?: boolean
  host: string
  /** Empty for a new one. */
  id: string
  /** Ask by OPTIONS whether the provider is there. */
  options: boolean
  /** A new one; missing keeps the one there is. It is never shown. */
  password?: string
  /** 0 for the usual one. */
  port: number
  /** Where requests are sent in the place of host; empty for host. */
  proxy: string
  register: boolean
  title: string
  /** The number called stands in To, not in the request's URI. */
  toHeader: boolean
  transport: 'udp' | 'tcp' | 'tls'
  user: string
}

export interface TrunkChange {
  accounts: TrunkAccount[]
  /** Code of the area, without zeros; may be empty. */
  area: string
  /** Code of the country, without zeros. */
  country: string
  enabled: boolean
  /** Extension of calls that no inbound rule fits; empty: they are refused. */
  fallback: string
  /** How numbers are written to the provider. */
  format: 'e164' | 'digits' | 'international' | 'national'
  /** The one that fits best is taken, whatever the order. */
  inbound: InboundRule[]
  /** Prefix of numbers of other countries. */
  international: string
  kind: 'registering' | 'address'
  /** At a time; 0 for no limit. */
  maxCalls: number
  name: string
  /** Prefix of numbers of other areas; may be empty. */
  national: string
  /** The one that fits best is taken, whatever the order. */
  outbound: OutboundRule[]
  policy: TrunkPolicy
  /** Dialled for this trunk, and put before callers' numbers so that they can be called back. */
  prefix: string
  /** The one that was read: when it is not the trunk's any more, somebody else has changed it. */
  revision: number
}

export interface TrunkCheck {
  accounts: TrunkAccount[]
  /** Code of the area, without zeros; may be empty. */
  area: string
  /** Code of the country, without zeros. */
  country: string
  enabled: boolean
  /** Extension of calls that no inbound rule fits; empty: they are refused. */
  fallback: string
  /** How numbers are written to the provider. */
  format: 'e164' | 'digits' | 'international' | 'national'
  /** The trunk being edited; empty for a new one. */
  id: string
  /** The one that fits best is taken, whatever the order. */
  inbound: InboundRule[]
  /** Prefix of numbers of other countries. */
  international: string
  kind: 'registering' | 'address'
  /** At a time; 0 for no limit. */
  maxCalls: number
  name: string
  /** Prefix of numbers of other areas; may be empty. */
  national: string
  /** The one that fits best is taken, whatever the order. */
  outbound: OutboundRule[]
  policy: TrunkPolicy
  /** Dialled for this trunk, and put before callers' numbers so that they can be called back. */
  prefix: string
}

export interface TrunkPage {
  items: Trunk[]
  total: number
}

export interface TrunkPolicy {
  international: boolean
  /** International and premium calls in an hour; 0 for the usual limit. */
  perHour: number
  /** Further premium prefixes, in E.164. */
  prefixes: string[]
  premium: boolean
}

export interface TrunkTest {
  direction: 'in' | 'out'
  /** The caller's number; for a call to the outside his extension. */
  from: string
  /** That is called. */
  number: string
  /** ID of the one that brings the call; not needed for a call to the outside, which any may take. */
  trunk: string
}

export interface TrunkTested {
  /** Of a call from outside. */
  arrival?: Arriving
  /** The same, for translations. */
  code?: 'not_found' | 'forbidden' | 'invalid' | 'unavailable'
  /** Why there would be no call, in English. */
  refused?: string
  /** Of a call to the outside: what is tried, in this order. */
  ways: Way[]
}

export interface User {
  /** Where the password is checked. */
  auth: 'internal' | 'external' | 'none'
  callWaiting: boolean
  changed: string
  /** Address of who made the last change; empty for the server itself. */
  changedBy: string
  created: string
  /** When he was put into the bin. */
  deleted?: string
  displayName: string
  domain: string
  /** Whether the asking administrator may change him: not somebody of a higher level. */
  editable: boolean
  email: string
  extension: string
  faxExtension: string
  /** When he leaves the bin for ever. */
  gone?: string
  hasPin: boolean
  jid: string
  language: '' | 'de' | 'en'
  level: '' | 'system-administrator' | 'administrator' | 'pbx-manager' | 'phonebook-manager' | 'grafana-viewer'
  login: string
  mobile: boolean
  mobileNumber: string
  passwordChanged: string
  permissions: PermissionRef[]
  presence: 'available' | 'away' | 'dnd' | 'offline'
  revision: number
  /** That other users see instead of the extension; empty for the extension. */
  shownNumber: string
  softphone: boolean
  state: 'active' | 'disabled' | 'deleted'
  /** In which times of profiles are meant for him: Europe/Berlin; empty for that of the organisation. */
  timeZone: string
  voicemail: 'none' | 'external' | 'internal' | 'all'
}

export interface UserChange {
  auth: 'internal' | 'external' | 'none'
  callWaiting: boolean
  disabled: boolean
  /** Empty means the login name. */
  displayName: string
  email: string
  /** Empty means none. */
  extension: string
  /** Not empty makes a virtual fax device. */
  faxExtension: string
  language: '' | 'de' | 'en'
  level: '' | 'system-administrator' | 'administrator' | 'pbx-manager' | 'phonebook-manager' | 'grafana-viewer'
  mobile: boolean
  mobileNumber: string
  /** Missing keeps it, empty removes it. */
  pin?: string
  /** The one that was read: when it is not the user's any more, somebody else has changed him. */
  revision: number
  /** That other users see instead of the extension. Missing keeps it, empty removes it. */
  shownNumber?: string
  softphone: boolean
  /** In which times of profiles are meant for him: Europe/Berlin. Missing keeps it, empty is that of the organisation. */
  timeZone?: string
  voicemail: 'none' | 'external' | 'internal' | 'all'
}

export interface UserCheck {
  auth: 'internal' | 'external' | 'none'
  callWaiting: boolean
  disabled: boolean
  /** Empty means the login name. */
  displayName: string
  /** Missing means the main one. */
  domain?: string
  email: string
  /** Empty means none. */
  extension: string
  /** Not empty makes a virtual fax device. */
  faxExtension: string
  /** The user being edited; missing for a new one. */
  jid?: string
  language: '' | 'de' | 'en'
  level: '' | 'system-administrator' | 'administrator' | 'pbx-manager' | 'phonebook-manager' | 'grafana-viewer'
  login: string
  mobile: boolean
  mobileNumber: string
  /** Needed for the authentication internal. */
  password?: string
  /** Missing keeps it, empty removes it. */
  pin?: string
  /** That other users see instead of the extension. Missing keeps it, empty removes it. */
  shownNumber?: string
  softphone: boolean
  /** In which times of profiles are meant for him: Europe/Berlin. Missing keeps it, empty is that of the organisation. */
  timeZone?: string
  voicemail: 'none' | 'external' | 'internal' | 'all'
}

export interface UserDevices {
  assigned: Device[]
  /** Those that nobody has. */
  available: Device[]
}

export interface UserDevicesChange {
  /** IDs of devices that nobody has. */
  assign: string[]
  unassign: string[]
}

export interface UserLocation {
  /** Its ID; empty for nowhere: he roams. */
  location: string
  /** Where he may log in, by name. */
  open: Place[]
  /** Where he was logged in, the last one first, as far as he still may. */
  recent: Place[]
  since?: string
}

export interface UserLocationChange {
  /** Its ID; empty for nowhere. */
  location: string
}

export interface UserNumber {
  extension: string
  /** Address. */
  user: string
}

export interface UserPage {
  items: User[]
  total: number
}

export interface UserPermission {
  assigned: boolean
  /** Every user has it; it cannot be taken from one. */
  automatic: boolean
  description: string
  id: string
  name: string
  types: string[]
}

export interface UserPermissions {
  items: UserPermission[]
}

export interface UserPermissionsChange {
  /** The IDs; those with automatic assignment may be left out. */
  permissions: string[]
}

export interface UserProfile {
  /** Address of who has chosen it; empty for a time or the server. */
  by: string
  /** What the user may choose. */
  offered: ProfileChoice[]
  /** ID of the one before. */
  previous: string
  /** Its ID. */
  profile: string
  /** Missing for who has never changed his profile. */
  since?: string
  /** What was done for him when he came into the profile. */
  steps: ProfileStep[]
  /** A time has chosen it. */
  triggered: boolean
}

export interface UserSkills {
  changed?: string
  changedBy: string
  /** 0 as long as nobody has changed anything. */
  revision: number
  /** By name. */
  skills: Skill[]
}

export interface UserSkillsChange {
  /** The one that was read: when it is not that of the skills any more, somebody else has changed them. */
  revision: number
  /** At most 50. */
  skills: Skill[]
}

export interface VoicemailChange {
  heard: boolean
}

export interface VoicemailList {
  /** The newest first. */
  items: VoicemailMessage[]
  /** How many nobody has listened to. */
  new: number
}

export interface VoicemailMessage {
  at: string
  /** The caller's address, if he is a user here. */
  caller: string
  /** Somebody has listened to it. */
  heard: boolean
  id: string
  /** The caller's; empty when it is not known. */
  name: string
  /** The caller's, as it is dialled; empty when it was hidden. */
  number: string
  seconds: number
}

export interface Way {
  /** Its title. */
  account: string
  class: 'national' | 'international' | 'premium' | 'emergency'
  /** Why it is not up, in English. */
  error?: string
  /** The number shown. */
  from: string
  /** As the provider gets it. */
  number: string
  /** A PIN is asked for before. */
  pin: boolean
  /** Its title; empty for an emergency call. */
  rule: string
  state: 'up' | 'down' | 'unknown'
  trunk: string
  trunkName: string
}
