package apps

import "plenum/components/adhoc"

func (a *Service) forms() []adhoc.Command { return nil }
