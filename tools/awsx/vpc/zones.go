package vpc

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// defaultZones is the number of availability zones used unless told otherwise.
const defaultZones = 3

// zones are the availability zones: the ones named, or the first ones that the
// region of the component's provider has.
func zones(ctx *pulumi.Context, a args, component pulumi.Resource) ([]string, error) {
	if a.AvailabilityZoneNames != nil {
		if a.NumberOfAvailabilityZones != nil && *a.NumberOfAvailabilityZones != 0 {
			return nil, errors.New("Only one of [availabilityZoneNames] and [numberOfAvailabilityZones] can be specified") //nolint:staticcheck // awsx's text
		}
		return a.AvailabilityZoneNames, nil
	}
	count := defaultZones
	if a.NumberOfAvailabilityZones != nil {
		count = *a.NumberOfAvailabilityZones
	}
	if count < 0 {
		return nil, fmt.Errorf("numberOfAvailabilityZones is %d; it must not be negative", count)
	}
	var found struct {
		Names []string `pulumi:"names"`
	}
	if err := ctx.Invoke("aws:index/getAvailabilityZones:getAvailabilityZones", nil, &found,
		pulumi.Parent(component), pulumi.Version(awsVersion)); err != nil {
		return nil, fmt.Errorf("list the region's availability zones (or name them in availabilityZoneNames): %w", err)
	}
	if len(found.Names) < count {
		return nil, fmt.Errorf("The configured region for this provider does not have at least %[1]d Availability Zones. "+ //nolint:staticcheck // awsx's text
			"Either specify an explicit list of zones in availabilityZoneNames or choose a region with at least %[1]d AZs.", count)
	}
	return found.Names[:count], nil
}
