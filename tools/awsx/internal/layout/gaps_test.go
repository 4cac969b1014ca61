package layout

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The gaps fill the range between two blocks, without overlap and in order.
// The last one may reach into the second block where sizes would have to go
// down again: awsx never narrows a gap.
func TestGapsFillTheRangeBetween(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from, err := block(uint64(rapid.Uint32().Draw(t, "from")), rapid.IntRange(1, 32).Draw(t, "fromMask"))
		require.NoError(t, err)
		to, err := block(uint64(rapid.Uint32().Draw(t, "to")), rapid.IntRange(1, 32).Draw(t, "toMask"))
		require.NoError(t, err)
		if from.Overlaps(to) {
			return
		}
		if to.Addr().Less(from.Addr()) {
			from, to = to, from
		}
		reached := end(from)
		for _, gap := range gapsBetween(from, to) {
			require.Equal(t, reached, address(gap), "each gap starts where the one before ends")
			require.Less(t, reached, address(to), "each gap starts before the second block")
			reached = end(gap)
		}
		assert.GreaterOrEqual(t, reached, address(to))
	})
}

// A gap is as wide as alignment and the blocks around it allow.
func TestWidestGaps(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		from, to string
		want     []string
	}{
		{"10.0.3.0/24", "10.0.6.0/23", []string{"10.0.4.0/23"}},
		{"10.0.0.0/24", "10.0.8.0/21", []string{"10.0.1.0/24", "10.0.2.0/23", "10.0.4.0/22"}},
		{"10.0.0.0/24", "10.0.1.0/24", nil},
	} {
		from, err := parseBlock(test.from)
		require.NoError(t, err)
		to, err := parseBlock(test.to)
		require.NoError(t, err)
		var got []string
		for _, gap := range gapsBetween(from, to) {
			got = append(got, gap.String())
		}
		assert.Equal(t, test.want, got)
	}
}
