//! `shallow studio`: the page, until Ctrl-C.

use anyhow::Result;
use shallow_fitting::{ModelName, Plan, Request};
use shallow_studio::{Options, serve};

use crate::{
    args::StudioArgs,
    error::usage,
    print::{print, say},
};

/// Serves the page, and prints its address.
pub fn run(args: &StudioArgs) -> Result<()> {
    let request = args.flags.request_over(args.config.as_deref())?;
    if request.by.is_some() {
        return Err(usage("the page fits one curve; leave --by out"));
    }
    if !request.moments.is_empty() {
        return Err(usage("the page fits samples; leave --moments out"));
    }
    if request
        .csv
        .as_deref()
        .is_some_and(|path| path.as_os_str() == "-")
    {
        return Err(usage(
            "the page reads a table more than once; give --csv a file, not standard input",
        ));
    }
    let request = begun(request);
    Plan::new(&request)?; // what is wrong with it is said here, not on the page
    let options = Options {
        port: args.port,
        opens: !args.no_open,
        request,
    };
    let mut printed = Ok(());
    serve(&options, |address| {
        printed = print(format!("{address}\n").as_bytes());
        say("this address has a token that nobody else knows; Ctrl-C ends the page");
    })?;
    printed
}

/// With something to fit.
fn begun(request: Request) -> Request {
    if request.function.is_some() || request.csv.is_some() {
        return request;
    }
    let is_neuron = request.model == Some(ModelName::Perceptron);
    let function = if is_neuron { "squashed" } else { "sin(3*x)" };
    Request {
        function: Some(function.into()),
        ..request
    }
}
