package api

import "time"

// Telephony is what is set for all telephones.
type Telephony struct {
	TelephonyData
	BuiltIn   []string       `json:"builtIn" doc:"Emergency numbers that are always there."`
	Functions []FunctionCode `json:"functions" doc:"All functions whose code can be set."`
	Changed   time.Time      `json:"changed"`
	ChangedBy string         `json:"changedBy"`
	Revision  int64          `json:"revision" doc:"0 as long as nobody has changed anything."`
}

// TelephonyData is what can be set for all telephones.
type TelephonyData struct {
	ExternalGroupNumber string    `json:"externalGroupNumber" doc:"By which the conferences of groups are reached from outside, in E.164; empty for none."`
	Emergency           []string  `json:"emergency" doc:"Numbers of emergency services besides those built in."`
	DialPrefix          string    `json:"dialPrefix" doc:"Dialled before numbers outside."`
	DefaultCountry      string    `json:"defaultCountry" doc:"Code of the country, without zeros."`
	Codes               []SetCode `json:"codes" doc:"What is dialled for functions; those that are not named, or have no code, have the standard."`
}

// SetCode is what is dialled for a function.
type SetCode struct {
	Function string `json:"function" doc:"Its name, one of those in functions."`
	Code     string `json:"code" doc:"A star and one to five digits, with # behind them or not: *8, *42#."`
}

// DialledCodes are what telephones dial now.
type DialledCodes struct {
	Items []DialledCode `json:"items"`
}

// DialledCode is what is dialled for a function.
type DialledCode struct {
	Function string `json:"function"`
	Code     string `json:"code"`
}

// FunctionCode is something that telephones can dial.
type FunctionCode struct {
	Function string `json:"function"`
	Standard string `json:"standard" doc:"Dialled for it as long as nothing else is set."`
}

// TelephonyChange replaces what is set for all telephones.
type TelephonyChange struct {
	Revision int64 `json:"revision" doc:"The one that was read: when it is not that of the settings any more, somebody else has changed them."`
	TelephonyData
}

// Trunk is a way to the outside world.
type Trunk struct {
	ID        string         `json:"id"`
	Changed   time.Time      `json:"changed"`
	ChangedBy string         `json:"changedBy"`
	Revision  int64          `json:"revision"`
	States    []AccountState `json:"states" doc:"Of the accounts, as far as they are known."`
	TrunkData
}

// AccountState says whether an account of a trunk can carry calls now.
type AccountState struct {
	Account string     `json:"account" doc:"Its ID."`
	Up      bool       `json:"up"`
	Since   *time.Time `json:"since,omitempty"`
	Error   string     `json:"error,omitempty" doc:"Why it is not up, in English."`
}

// TrunkPage is the list of trunks.
type TrunkPage struct {
	Items []Trunk `json:"items"`
	Total int     `json:"total"`
}

// TrunkData is what can be set of a trunk.
type TrunkData struct {
	Name          string         `json:"name"`
	Enabled       bool           `json:"enabled"`
	Kind          string         `json:"kind" enum:"registering,address"`
	Accounts      []TrunkAccount `json:"accounts"`
	Country       string         `json:"country" doc:"Code of the country, without zeros."`
	Area          string         `json:"area" doc:"Code of the area, without zeros; may be empty."`
	International string         `json:"international" doc:"Prefix of numbers of other countries."`
	National      string         `json:"national" doc:"Prefix of numbers of other areas; may be empty."`
	Prefix        string         `json:"prefix" doc:"Dialled for this trunk, and put before callers' numbers so that they can be called back."`
	Format        string         `json:"format" enum:"e164,digits,international,national" doc:"How numbers are written to the provider."`
	Inbound       []InboundRule  `json:"inbound" doc:"The one that fits best is taken, whatever the order."`
	Outbound      []OutboundRule `json:"outbound" doc:"The one that fits best is taken, whatever the order."`
	MaxCalls      int            `json:"maxCalls" doc:"At a time; 0 for no limit."`
	Policy        TrunkPolicy    `json:"policy"`
	Fallback      string         `json:"fallback" doc:"Extension of calls that no inbound rule fits; empty: they are refused."`
}

// TrunkAccount is a login, or a pair of addresses, at a provider.
type TrunkAccount struct {
	ID          string   `json:"id" doc:"Empty for a new one."`
	Title       string   `json:"title"`
	Host        string   `json:"host"`
	Port        int      `json:"port" doc:"0 for the usual one."`
	Transport   string   `json:"transport" enum:"udp,tcp,tls"`
	Proxy       string   `json:"proxy" doc:"Where requests are sent in the place of host; empty for host."`
	Addresses   []string `json:"addresses" doc:"From which calls come besides those of host and proxy."`
	Extension   string   `json:"extension" doc:"That is registered; empty for user."`
	User        string   `json:"user"`
	Password    *string  `json:"password,omitempty" doc:"A new one; missing keeps the one there is. It is never shown."`
	HasPassword bool     `json:"hasPassword,omitempty" doc:"Read only."`
	Register    bool     `json:"register"`
	Options     bool     `json:"options" doc:"Ask by OPTIONS whether the provider is there."`
	CLIP        string   `json:"clip" enum:"auto,from,ppi,pai" doc:"Where the caller's number is told."`
	CLIR        string   `json:"clir" enum:"auto,from,privacy" doc:"How the caller's number is hidden."`
	Encrypt     bool     `json:"encrypt,omitempty" doc:"Media is encrypted, or there is no call; only with TLS."`
	ToHeader    bool     `json:"toHeader" doc:"The number called stands in To, not in the request's URI."`
}

// InboundRule leads calls from outside to an extension.
type InboundRule struct {
	Title       string `json:"title"`
	Source      string `json:"source" doc:"Pattern of the caller's number; empty for any."`
	Destination string `json:"destination" doc:"Pattern of the number called."`
	Extension   string `json:"extension" doc:"May hold ${EXTEN:offset:length} of the number called; empty: the call is refused."`
	Language    string `json:"language" enum:",de,en" doc:"Of prompts; empty for the server's."`
}

// OutboundRule leads calls to the outside.
type OutboundRule struct {
	Title       string `json:"title"`
	Show        bool   `json:"show" doc:"Offered by clients before dialling."`
	InPrefix    string `json:"inPrefix" doc:"Dialled before the number, and taken off."`
	Source      string `json:"source" doc:"Pattern of the caller's extension; empty for any."`
	Destination string `json:"destination" doc:"Pattern of the number."`
	CID         string `json:"cid" doc:"Number shown; may hold ${EXTEN:offset:length} of the caller's extension; empty: the one that leads to him."`
	OutPrefix   string `json:"outPrefix"`
	Deny        bool   `json:"deny"`
	PIN         string `json:"pin" doc:"That is asked for before; empty for none."`
	Account     string `json:"account" doc:"ID of the account; empty for the first that is up."`
}

// TrunkPolicy limits what costs much.
type TrunkPolicy struct {
	International bool     `json:"international"`
	Premium       bool     `json:"premium"`
	Prefixes      []string `json:"prefixes" doc:"Further premium prefixes, in E.164."`
	PerHour       int      `json:"perHour" doc:"International and premium calls in an hour; 0 for the usual limit."`
}

// NewTrunk makes a trunk. With a block it gets rules for its numbers.
type NewTrunk struct {
	TrunkData
	Block *NumberBlock `json:"block,omitempty"`
}

// NumberBlock is the numbers that a provider gave.
type NumberBlock struct {
	Base    string `json:"base" doc:"In E.164."`
	Digits  int    `json:"digits" doc:"How many follow the base; 0 for a single number."`
	Central string `json:"central" doc:"Extension that gets the calls to the first number, or to the only one."`
}

// TrunkChange replaces the data of a trunk.
type TrunkChange struct {
	Revision int64 `json:"revision" doc:"The one that was read: when it is not the trunk's any more, somebody else has changed it."`
	TrunkData
}

// TrunkCheck is a form that is not saved.
type TrunkCheck struct {
	ID string `json:"id" doc:"The trunk being edited; empty for a new one."`
	TrunkData
}

// TrunkTest asks what would become of a call.
type TrunkTest struct {
	Direction string `json:"direction" enum:"in,out"`
	Trunk     string `json:"trunk" doc:"ID of the one that brings the call; not needed for a call to the outside, which any may take."`
	Number    string `json:"number" doc:"That is called."`
	From      string `json:"from" doc:"The caller's number; for a call to the outside his extension."`
}

// TrunkTested is what would become of a call.
type TrunkTested struct {
	Refused string    `json:"refused,omitempty" doc:"Why there would be no call, in English."`
	Code    string    `json:"code,omitempty" enum:"not_found,forbidden,invalid,unavailable" doc:"The same, for translations."`
	Ways    []Way     `json:"ways" doc:"Of a call to the outside: what is tried, in this order."`
	Arrival *Arriving `json:"arrival,omitempty" doc:"Of a call from outside."`
}

// Way is an account that would be asked to carry a call.
type Way struct {
	Trunk     string `json:"trunk"`
	TrunkName string `json:"trunkName"`
	Account   string `json:"account" doc:"Its title."`
	Rule      string `json:"rule" doc:"Its title; empty for an emergency call."`
	Number    string `json:"number" doc:"As the provider gets it."`
	From      string `json:"from" doc:"The number shown."`
	PIN       bool   `json:"pin" doc:"A PIN is asked for before."`
	Class     string `json:"class" enum:"national,international,premium,emergency"`
	State     string `json:"state" enum:"up,down,unknown"`
	Error     string `json:"error,omitempty" doc:"Why it is not up, in English."`
}

// Arriving is where a call from outside would go.
type Arriving struct {
	Group     bool   `json:"group" doc:"To the dial-in of groups."`
	Extension string `json:"extension"`
	Name      string `json:"name" doc:"Of who has the extension; empty when it is nobody's."`
	Rule      string `json:"rule" doc:"Its title; empty for the fallback."`
	Called    string `json:"called" doc:"The number called, complete."`
	Caller    string `json:"caller" doc:"The caller's number, complete."`
	CallBack  string `json:"callBack" doc:"The same as it is dialled here."`
}

type telephonyRequest struct{ Body TelephonyChange }

type telephonyCheckRequest struct{ Body TelephonyData }

type trunkRequest struct {
	ID string `path:"id"`
}

type accountRequest struct {
	trunkRequest
	Account string `path:"account"`
}

type newTrunkRequest struct{ Body NewTrunk }

type trunkCheckRequest struct{ Body TrunkCheck }

type trunkChangeRequest struct {
	trunkRequest
	Body TrunkChange
}

type trunkTestRequest struct{ Body TrunkTest }

type trunksRequest struct {
	Text string `query:"q"`
	page
}
