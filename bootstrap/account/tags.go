package account

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// tag sets the tags of a resource's arguments, if it takes some.
func tag(props pulumi.Input, tags pulumi.StringMap) {
	value := reflect.ValueOf(props)
	if value.Kind() != reflect.Pointer || value.IsNil() || value.Elem().Kind() != reflect.Struct {
		return
	}
	field := value.Elem().FieldByName("Tags")
	if field.IsValid() && field.Type() == reflect.TypeFor[pulumi.StringMapInput]() {
		field.Set(reflect.ValueOf(tags))
	}
}
