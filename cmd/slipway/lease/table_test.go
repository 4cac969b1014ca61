package lease

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

func TestARecordIsReadAsItWasWritten(t *testing.T) {
	for _, record := range []Record{
		{Stack: "p/s"},
		{
			Version: Version{Owner: "o", Counter: 41}, Stack: "p/s", TTL: 2 * time.Minute,
			Holder: Holder{User: "ann", Host: "h", PID: 1, Child: 2, Operation: "up", Pipeline: "https://x", Since: time.Now().UTC().Truncate(time.Second), Mark: "/tmp/m"},
			Left:   []Holder{{Host: "there"}},
		},
	} {
		item, err := encode(record)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decode(item)
		if err != nil || !reflect.DeepEqual(got, record) {
			t.Errorf("got  %+v, %v\nwant %+v", got, err, record)
		}
	}
}

func TestABrokenItemNamesEveryBadAttribute(t *testing.T) {
	_, err := decode(map[string]types.AttributeValue{
		"stack": number(1), "owner": &types.AttributeValueMemberS{Value: "o"}, "counter": &types.AttributeValueMemberN{Value: "x"},
		"ttlSeconds": number(1), "holder": &types.AttributeValueMemberS{Value: "{"}, "left": &types.AttributeValueMemberS{Value: "null"},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range []string{"stack", "counter", "holder"} {
		if !strings.Contains(err.Error(), "attribute "+name) {
			t.Errorf("%s is not named in %v", name, err)
		}
	}
}

func TestRefusedCredentialsAreTold(t *testing.T) {
	for code, want := range map[string]bool{"ExpiredTokenException": true, "AccessDeniedException": true, "ThrottlingException": false} {
		err := refusal(&smithy.OperationError{ServiceID: "DynamoDB", Err: &smithy.GenericAPIError{Code: code, Message: "no"}})
		if errors.Is(err, ErrRefused) != want || !strings.Contains(err.Error(), code) {
			t.Errorf("%s: got %v", code, err)
		}
	}
}
