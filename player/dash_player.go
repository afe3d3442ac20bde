package player

import (
	"errors"
	"math/rand/v2"
)

func newDash(Config, World, string, *rand.Rand) (Player, error) {
	return nil, errors.New("player profile dashjs is not built yet")
}
