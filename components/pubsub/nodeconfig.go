package pubsub

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"plenum/xmppd/lru"
)

// Publish models.
const (
	PublishPublishers  = "publishers"
	PublishSubscribers = "subscribers"
	PublishOpen        = "open"
)

// When the last item is sent.
const (
	SendNever         = "never"
	SendOnSubscribe   = "on_sub"
	SendOnSubPresence = "on_sub_and_presence"
)

// What happens when an item is published at a full node (XEP-0060#publisher-publish-success-nodefull).
const (
	FullRetract = "retract-oldest"
	FullDiscard = "discard-oldest"
	FullReject  = "reject"
)

// NodeConfig is the configuration of a node (XEP-0060#registrar-formtypes-config). A shared one must not be changed.
type NodeConfig struct {
	Title       string   `json:",omitempty"`
	Description string   `json:",omitempty"`
	Language    string   `json:",omitempty"`
	Type        string   `json:",omitempty"`
	Access      string   // an access model
	Groups      []string `json:",omitempty"` // of the owner's roster, for AccessRoster

	PublishModel string
	Persist      bool
	MaxItems     int    // 0: as many as the service allows
	Expire       int    // seconds after which an item is gone; 0: never
	MaxPayload   int    // bytes; 0: as many as the service allows
	Full         string // what gives way when there are too many items
	ItemReply    string // publisher: items name who published them; owner or none: they do not

	Notify        bool
	Payloads      bool
	NotifyConfig  bool
	NotifyDelete  bool
	NotifyRetract bool
	NotifySub     bool
	SendLast      string
	MessageType   string // normal or headline
	Subscribe     bool   // explicit subscriptions are taken
}

// privateNodes hold what concerns the owner alone; they begin as XEP-0223 wants them, also for clients that forget to say so.
var privateNodes = map[string]bool{
	NSBookmarks:                true, // XEP-0402
	"storage:bookmarks":        true, // XEP-0048
	"urn:xmpp:mds:displayed:0": true, // XEP-0490
}

// DefaultConfig is the configuration that a node of this name gets when nothing else is asked for (XEP-0163#defaults).
func DefaultConfig(node string) *NodeConfig {
	c := &NodeConfig{
		Access: AccessPresence, PublishModel: PublishPublishers, Persist: true, MaxItems: 1, Full: FullRetract, ItemReply: "none",
		Notify: true, Payloads: true, NotifyDelete: true, NotifyRetract: true, SendLast: SendOnSubPresence, MessageType: "headline",
		Subscribe: true,
	}
	if privateNodes[node] {
		c.Access, c.MaxItems, c.SendLast = AccessWhitelist, 0, SendNever
	}
	return c
}

// clone is a copy that may be changed.
func (c *NodeConfig) clone() *NodeConfig {
	d := *c
	d.Groups = append([]string(nil), c.Groups...)
	return &d
}

func (c *NodeConfig) encode() (string, error) {
	b, err := json.Marshal(c)
	return string(b), err
}

// expires is when an item published at t ends, in milliseconds since 1970; 0 for never.
func (c *NodeConfig) expires(t time.Time) int64 {
	if c.Expire == 0 {
		return 0
	}
	return t.Add(time.Duration(c.Expire) * time.Second).UnixMilli()
}

// configCache is how many different configurations are kept in memory; most nodes share a few.
const configCache = 1000

// configs decodes stored configurations and shares equal ones.
type configs struct {
	mu    sync.Mutex
	known *lru.Cache[string, *NodeConfig]
}

func newConfigs() *configs { return &configs{known: lru.New[string, *NodeConfig](configCache)} }

func (cs *configs) decode(text string) (*NodeConfig, error) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if c, ok := cs.known.Get(text); ok {
		return c, nil
	}
	c := new(NodeConfig)
	if err := json.Unmarshal([]byte(text), c); err != nil {
		return nil, fmt.Errorf("configuration of a node: %w", err)
	}
	cs.known.Put(text, c)
	return c, nil
}
