package telephony

import (
	"maps"
	"slices"

	"plenum/components/directory"
)

// FixedCodes are what can be dialled with a star besides the Codes.
var FixedCodes = append(slices.Collect(maps.Keys(voicemailCodes)), codeEcho, codeGroup, PickupCode, directory.ForwardToBox)
