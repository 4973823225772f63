package cluster_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"plenum/xmppd/cluster"
)

func TestRedisConfig(t *testing.T) {
	one := []string{"127.0.0.1:6379"}
	cases := []struct {
		name   string
		config cluster.RedisConfig
		want   string // part of the error; empty: valid
	}{
		{"nothing at all means alone", cluster.RedisConfig{}, ""},
		{"one server and a node name suffice", cluster.RedisConfig{Addresses: one, Node: "n1"}, ""},
		{"several sentinels", cluster.RedisConfig{Addresses: []string{"a:1", "b:1"}, SentinelMaster: "m", Node: "n1"}, ""},
		{"several servers without a master name", cluster.RedisConfig{Addresses: []string{"a:1", "b:1"}, Node: "n1"}, "sentinel_master"},
		{"an address without port", cluster.RedisConfig{Addresses: []string{"redis"}, Node: "n1"}, "host:port"},
		{"a node name with a slash", cluster.RedisConfig{Addresses: one, Node: "a/b"}, "node:"},
		{"a TTL too short to renew", cluster.RedisConfig{Addresses: one, Node: "n1", TTL: time.Millisecond}, "ttl:"},
		{"a negative database", cluster.RedisConfig{Addresses: one, Node: "n1", Database: -1}, "database:"},
		{"authorities without TLS", cluster.RedisConfig{Addresses: one, Node: "n1", CAFile: "x"}, "ca_file:"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := c.config.Validate()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestRedisConfigFillsDefaultsAndHidesThePassword(t *testing.T) {
	c := cluster.RedisConfig{Addresses: []string{"127.0.0.1:6379"}, Node: "n1", Password: "hunter2"}
	if err := c.Validate(); err != nil || c.TTL != 15*time.Second || c.Prefix != "plenum:" {
		t.Fatalf("%v: %v", err, c)
	}
	var line strings.Builder
	slog.New(slog.NewTextHandler(&line, nil)).Info("start", "redis", c)
	if text := line.String() + fmt.Sprint(c) + fmt.Sprintf("%+v", &c); strings.Contains(text, "hunter2") || !strings.Contains(text, "n1") {
		t.Fatal(text)
	}
}
