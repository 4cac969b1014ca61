package lease

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

// ErrChanged is the error of a write whose condition did not hold: the lease is
// no longer as it was seen.
var ErrChanged = errors.New("the lease has changed")

// ErrRefused is the error of a write whose credentials AWS does not take, which is
// not tried again: they have expired, were taken away, or may not.
var ErrRefused = errors.New("the credentials are refused")

// refusals are DynamoDB's codes for it:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
var refusals = []string{"AccessDeniedException", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}

// Store keeps leases.
type Store interface {
	// Read returns the lease of a stack as it is now; one that was never taken is
	// the zero Record.
	Read(ctx context.Context, stack string) (Record, error)
	// Swap writes next if the lease still is at the version that was seen, else it
	// changes nothing and returns ErrChanged. Any other error leaves open whether
	// next was written, or will be.
	Swap(ctx context.Context, seen Version, next Record) error
}

// Table keeps leases in a DynamoDB table with the hash key "stack".
type Table struct {
	Client *dynamodb.Client
	Name   string
}

// HashKey is the table's key.
const HashKey = "stack"

// Read implements Store, by a consistent read.
func (t *Table) Read(ctx context.Context, stack string) (Record, error) {
	answer, err := t.Client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName:      aws.String(t.Name),
		Key:            map[string]types.AttributeValue{HashKey: &types.AttributeValueMemberS{Value: stack}},
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return Record{}, fmt.Errorf("read the lease of %s in table %s: %w", stack, t.Name, err)
	}
	if len(answer.Item) == 0 {
		return Record{Stack: stack}, nil
	}
	record, err := decode(answer.Item)
	if err != nil {
		return Record{}, fmt.Errorf("read the lease of %s in table %s: %w", stack, t.Name, err)
	}
	return record, nil
}

// Swap implements Store.
func (t *Table) Swap(ctx context.Context, seen Version, next Record) error {
	item, err := encode(next)
	if err != nil {
		return err
	}
	put := &dynamodb.PutItemInput{
		TableName:                aws.String(t.Name),
		Item:                     item,
		ExpressionAttributeNames: map[string]string{"#stack": HashKey},
		ConditionExpression:      aws.String("attribute_not_exists(#stack)"),
	}
	if seen != (Version{}) {
		put.ExpressionAttributeNames = map[string]string{"#owner": "owner", "#counter": "counter"}
		put.ConditionExpression = aws.String("#owner = :owner AND #counter = :counter")
		put.ExpressionAttributeValues = map[string]types.AttributeValue{
			":owner":   &types.AttributeValueMemberS{Value: seen.Owner},
			":counter": number(seen.Counter),
		}
	}
	_, err = t.Client.PutItem(ctx, put)
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) {
		return ErrChanged
	}
	if err != nil {
		return fmt.Errorf("write the lease of %s in table %s: %w", next.Stack, t.Name, refusal(err))
	}
	return nil
}

// refusal marks an error that is one.
func refusal(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) && slices.Contains(refusals, api.ErrorCode()) {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}

// encode makes an item that people can read in the console, too.
func encode(record Record) (map[string]types.AttributeValue, error) {
	holder, err := json.Marshal(record.Holder)
	if err != nil {
		return nil, fmt.Errorf("encode the lease of %s: %w", record.Stack, err)
	}
	left, err := json.Marshal(record.Left)
	if err != nil {
		return nil, fmt.Errorf("encode the lease of %s: %w", record.Stack, err)
	}
	return map[string]types.AttributeValue{
		HashKey:      &types.AttributeValueMemberS{Value: record.Stack},
		"owner":      &types.AttributeValueMemberS{Value: record.Owner},
		"counter":    number(record.Counter),
		"ttlSeconds": number(int64(record.TTL / time.Second)),
		"holder":     &types.AttributeValueMemberS{Value: string(holder)},
		"left":       &types.AttributeValueMemberS{Value: string(left)},
	}, nil
}

func decode(item map[string]types.AttributeValue) (Record, error) {
	var problems []error
	text := func(name string) string {
		value, ok := item[name].(*types.AttributeValueMemberS)
		if !ok {
			problems = append(problems, fmt.Errorf("attribute %s is no string", name))
			return ""
		}
		return value.Value
	}
	count := func(name string) int64 {
		value, ok := item[name].(*types.AttributeValueMemberN)
		if !ok {
			problems = append(problems, fmt.Errorf("attribute %s is no number", name))
			return 0
		}
		n, err := strconv.ParseInt(value.Value, 10, 64)
		if err != nil {
			problems = append(problems, fmt.Errorf("attribute %s: %w", name, err))
		}
		return n
	}
	object := func(name string, into any) {
		if err := json.Unmarshal([]byte(text(name)), into); err != nil {
			problems = append(problems, fmt.Errorf("attribute %s: %w", name, err))
		}
	}
	record := Record{
		Stack:   text(HashKey),
		Version: Version{Owner: text("owner"), Counter: count("counter")},
		TTL:     time.Duration(count("ttlSeconds")) * time.Second,
	}
	object("holder", &record.Holder)
	object("left", &record.Left)
	return record, errors.Join(problems...)
}

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}
