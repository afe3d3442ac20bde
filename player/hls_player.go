package player

import (
	"errors"
	"math/rand/v2"
)

func newHLS(Config, World, string, *rand.Rand) (Player, error) {
	return nil, errors.New("player profile hlsjs is not built yet")
}
