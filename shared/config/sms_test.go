package config_test

import (
	"reflect"
	"testing"

	"github.com/zhida-project/zhida/shared/config"
)

func TestSMS(t *testing.T) {
	for name, want := range map[string]*config.SMS{
		"good/sms.yaml": {
			Numbers:          []config.SMSNumber{{Number: "+12065550100", MMS: true}, {Number: "+12065550101", SelfManaged: true}, {Number: "12345"}},
			Topics:           []string{"arn:aws:sns:us-east-1:123456789012:sms", "arn:aws:sns:us-east-1:123456789012:sms-events"},
			ConfigurationSet: "zhida", InboundQueue: "https://sqs.us-east-1.amazonaws.com/123456789012/sms", Region: "us-east-1",
			OptOutWords: []string{"不要", "basta ya"}, MaxPrice: "0.05000", PricePerPart: "0.00883", Currency: "USD",
		},
		"good/sms_on_aws.yaml": {Numbers: []config.SMSNumber{{Number: "+12065550100"}}},
	} {
		got, err := config.Load(read(t, name), lookup)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.Channels.SMS, want) {
			t.Errorf("%s: got %+v", name, got.Channels.SMS)
		}
		if want, placed := (config.PartPrice{Amount: want.PricePerPart, Currency: want.Currency}), name == "good/sms.yaml"; got.Channels.SMS.Placed() != placed ||
			!reflect.DeepEqual(got.Channels.PartPrices(), map[string]config.PartPrice{"sms": want}) {
			t.Errorf("%s: placed %t, prices %+v", name, got.Channels.SMS.Placed(), got.Channels.PartPrices())
		}
	}
	if prices := (config.Channels{}).PartPrices(); len(prices) > 0 {
		t.Errorf("without numbers: %+v", prices)
	}
}
