package mapping

var messaging = []Resource{
	{Terraform: "aws_sns_topic", Module: "sns", Name: "Topic", AutoName: AutoName{MaxLength: 80, FIFO: "fifoTopic"}, Newer: []string{"fifoThroughputScope"}},
	{Terraform: "aws_sns_topic_subscription", Module: "sns", Name: "TopicSubscription", Fields: map[string]Field{"topic_arn": {Name: "topic"}}},
	{Terraform: "aws_sns_topic_policy", Module: "sns", Name: "TopicPolicy", Fields: map[string]Field{"policy": {JSON: true}}},
	{Terraform: "aws_sqs_queue", Module: "sqs", Name: "Queue", AutoName: AutoName{MaxLength: 80, FIFO: "fifoQueue"}},
}
