package observability

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

const gibibyte = 1 << 30

// familyGiB is the memory of a family's "large" in GiB; the other sizes are
// multiples and parts of it.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html
var familyGiB = map[string]float64{
	"t": 8, "m": 8, "c": 4, "r": 16, "x2g": 32, "x2idn": 32, "x2iedn": 64,
}

var sizeFactor = map[string]float64{"micro": 1.0 / 8, "small": 1.0 / 4, "medium": 1.0 / 2, "large": 1, "xlarge": 2}

// "db.", then the family, its generation and variant, then the size.
var classPattern = regexp.MustCompile(`^db\.(([a-z])[0-9][a-z]*)\.(?:([0-9]{1,2})xlarge|([a-z]+))$`)

// ValidClass reports whether the memory of an RDS instance class is known, from
// which thresholds are reckoned.
func ValidClass(class string) error {
	_, err := classMemory(class)
	return err
}

// classMemory is the memory of an RDS instance class in bytes.
func classMemory(class string) (float64, error) {
	unknown := fmt.Errorf("the memory of class %q is not known: t, m, c, r and x2 classes from micro to 48xlarge are", class)
	parts := classPattern.FindStringSubmatch(class)
	if parts == nil {
		return 0, unknown
	}
	large, known := familyGiB[parts[1]]
	if !known {
		large, known = familyGiB[parts[2]]
	}
	factor, sized := sizeFactor[parts[4]]
	if multiple, err := strconv.Atoi(parts[3]); err == nil {
		factor, sized = float64(2*multiple), multiple > 1
	}
	if !known || !sized {
		return 0, unknown
	}
	return large * factor * gibibyte, nil
}

// burstable reports whether a class earns and spends CPU credits.
func burstable(class string) bool { return strings.HasPrefix(class, "db.t") }
