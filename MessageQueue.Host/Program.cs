Console.WriteLine("MessageQueue");
