package observability

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/budgets"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// createBudget warns twice: when most of the money is gone, and, usually long
// before, when the month will not do with it. AWS reckons costs up to three
// times a day, so a budget notices waste, not accidents.
// https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html
func (o *Observability) createBudget(ctx *pulumi.Context) error {
	if o.args.MonthlyBudgetUSD == 0 {
		return nil
	}
	args := &budgets.BudgetArgs{
		Name:        pulumi.String(o.globalName()),
		BudgetType:  pulumi.String("COST"),
		LimitAmount: pulumi.String(strconv.Itoa(o.args.MonthlyBudgetUSD)),
		LimitUnit:   pulumi.String("USD"),
		TimeUnit:    pulumi.String("MONTHLY"),
		Notifications: budgets.BudgetNotificationArray{
			o.notification("ACTUAL", 80),
			o.notification("FORECASTED", 100),
		},
	}
	if tag := o.args.CostTag; tag != nil {
		args.CostFilters = budgets.BudgetCostFilterArray{&budgets.BudgetCostFilterArgs{
			Name:   pulumi.String("TagKeyValue"),
			Values: pulumi.ToStringArray([]string{"user:" + tag.Key + "$" + tag.Value}),
		}}
	}
	if _, err := budgets.NewBudget(ctx, o.name, args, o.child()); err != nil {
		return fmt.Errorf("create budget: %w", err)
	}
	return nil
}

func (o *Observability) notification(kind string, percent float64) *budgets.BudgetNotificationArgs {
	return &budgets.BudgetNotificationArgs{
		NotificationType:       pulumi.String(kind),
		ComparisonOperator:     pulumi.String("GREATER_THAN"),
		Threshold:              pulumi.Float64(percent),
		ThresholdType:          pulumi.String("PERCENTAGE"),
		SubscriberSnsTopicArns: pulumi.StringArray{o.TopicARN},
	}
}
