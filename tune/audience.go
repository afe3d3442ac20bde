package tune

import (
	_ "embed"
	"fmt"

	"soak/scenarios"
)

//go:embed audience.yaml
var evening []byte

// Audience is who watches where nobody says.
func Audience() (scenarios.Scenario, error) {
	sc, err := scenarios.Parse("audience.yaml", evening)
	if err != nil {
		return sc, fmt.Errorf("built-in audience: %w", err)
	}
	return sc, nil
}
