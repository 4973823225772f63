package directory

import (
	"errors"
	"fmt"
	"strconv"

	"plenum/xmppd/fault"
)

// Pool is a kind of thing that owns an extension.
type Pool string

const (
	PoolAccount   Pool = "account"
	PoolTeam      Pool = "team"
	PoolFax       Pool = "faxdevice"
	PoolSpeedDial Pool = "speeddial"
	PoolExtension Pool = "extension" // everything else: menus, switches, doorbells
)

// MaxExtension is the most digits of an extension.
const MaxExtension = 10

// Pools are the first numbers from which the next free extension of each kind is looked for.
type Pools struct {
	Account   int `toml:"account" doc:"First extension proposed for a user. Default: 100."`
	Team      int `toml:"team" doc:"First extension proposed for a team. Default: 500."`
	Fax       int `toml:"faxdevice" doc:"First extension proposed for a fax device. Default: 600."`
	SpeedDial int `toml:"speeddial" doc:"First extension proposed for a speed dial. Default: 700."`
	Extension int `toml:"extension" doc:"First extension proposed for everything else. Default: 800."`
}

// Validate fills in defaults and checks the settings.
func (p *Pools) Validate() error {
	var errs []error
	for _, pool := range []struct {
		name  string
		value *int
		first int
	}{{"account", &p.Account, 100}, {"team", &p.Team, 500}, {"faxdevice", &p.Fax, 600}, {"speeddial", &p.SpeedDial, 700}, {"extension", &p.Extension, 800}} {
		if *pool.value == 0 {
			*pool.value = pool.first
		}
		if bad := extensionErrors(pool.name, strconv.Itoa(*pool.value)); *pool.value < 0 || len(bad) > 0 && bad[0].Code != "reserved" {
			errs = append(errs, fmt.Errorf("pools.%s: %d cannot be an extension: at least two digits are needed", pool.name, *pool.value))
		}
	}
	return errors.Join(errs...)
}

func (p *Pools) first(pool Pool) (int, error) {
	switch pool {
	case PoolAccount:
		return p.Account, nil
	case PoolTeam:
		return p.Team, nil
	case PoolFax:
		return p.Fax, nil
	case PoolSpeedDial:
		return p.SpeedDial, nil
	case PoolExtension:
		return p.Extension, nil
	}
	return 0, fault.Newf(fault.Invalid, "%.32q is no kind of extension", pool)
}

// next returns the first number of the pool that is allowed and not used. All of a pool have as many digits as its first: codes that
// carry an extension are read by their length.
func (p *Pools) next(pool Pool, used func(string) bool) (string, error) {
	first, err := p.first(pool)
	if err != nil {
		return "", err
	}
	length := len(strconv.Itoa(first))
	for n := first; ; n++ {
		extension := strconv.Itoa(n)
		if len(extension) > length {
			return "", fault.Newf(fault.Limit, "no extension of %d digits is free from %d on", length, first)
		}
		if len(extensionErrors("", extension)) == 0 && !used(extension) {
			return extension, nil
		}
	}
}

// reserved are the numbers of the emergency services, which a call must reach whatever else is set.
var reserved = map[string]bool{"110": true, "112": true}

// extensionErrors applies the rules for extensions; an empty one is accepted.
func extensionErrors(field, extension string) (bad FieldErrors) {
	switch {
	case extension == "":
	case !digits(extension):
		bad.add(field, "not_digits", "an extension may contain digits only")
	case extension[0] == '0':
		bad.add(field, "leading_zero", "an extension may not begin with 0: that is the way out")
	case len(extension) < 2:
		bad.add(field, "too_short", "an extension needs at least two digits")
	case len(extension) > MaxExtension:
		bad.add(field, "too_long", fmt.Sprintf("an extension has at most %d digits", MaxExtension))
	case reserved[extension]:
		bad.add(field, "reserved", extension+" is an emergency number")
	}
	return bad
}
