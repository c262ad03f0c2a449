//! `tdbal label`: records what a person says a picture is.

use super::pictures;
use crate::cli::LabelArgs;
use crate::environment::{self as env, Environment};
use crate::exit::Exit;
use crate::render;
use crate::settings::{Flags, Settings};
use dataset::people::labels::{Statement, edit_labels, picture_digest, read_labels};
use execution::DataFolder;
use serde_json::json;
use std::path::Path;
use tdbal_types::time::Clock;
use tdbal_types::{ActorId, Digest, ImageName};

/// `tdbal label`: labels a picture, removes its labels, or lists all labels.
pub(crate) async fn label(
    args: &LabelArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let (settings, data) = pictures::open(&Flags::from(args), environment, folder).await?;
    if args.list {
        let labels = read_labels(&data.reader()).await?;
        if args.json {
            render::json(&labels)?;
        } else {
            render::out(&render::labels(&labels, &render::style(environment)))?;
        }
        return Ok(Exit::Success);
    }
    let file = args.file.clone().into_iter().collect::<Vec<_>>();
    let (actor, name, digest) = picture(&data, &settings, &file).await?;
    let journals = data.journals.as_ref();
    if args.forget {
        let taken_back = edit_labels(journals, |labels| labels.forget(&digest)).await?;
        if args.json {
            render::json(&json!({ "sha256": digest, "taken_back": taken_back }))?;
        } else if taken_back.is_empty() {
            render::out(&format!("No labels to remove: {actor}/{name}\n"))?;
        } else {
            let labels = render::count(taken_back.len(), "label");
            render::out(&format!("Removed {labels}: {actor}/{name}\n"))?;
        }
        return Ok(Exit::Success);
    }
    let statement = Statement {
        actor,
        file: name,
        class: args.class,
        quality: args.quality,
        wish: None,
        said_at: Clock::system().stamp(),
        said_by: environment.get(env::USER).unwrap_or("unknown").to_owned(),
    };
    edit_labels(journals, |labels| labels.say(digest, statement.clone())).await?;
    if args.json {
        render::json(&json!({ "sha256": digest, "said": statement }))?;
    } else {
        render::out(&render::said(&statement))?;
    }
    Ok(Exit::Success)
}

/// The named picture, with the digest of its current bytes.
async fn picture(
    data: &DataFolder,
    settings: &Settings,
    file: &[String],
) -> anyhow::Result<(ActorId, ImageName, Digest)> {
    let queries = pictures::parse(file, settings)?;
    let sets = pictures::sets(data, settings, &queries).await?;
    let found = pictures::find_all(&queries, &pictures::names(&sets), "picture")?;
    let found = found.into_iter().next().and_then(|(actor, name)| {
        let set = sets.get(&actor)?.as_ref()?;
        let mut pictures = set.pictures.iter();
        let picture = pictures.find(|picture| picture.name == name)?;
        Some((actor, picture))
    });
    let (actor, picture) = found.ok_or_else(|| anyhow::anyhow!("no picture was named"))?;
    let digest = picture_digest(&data.reader(), picture, settings.max_bytes).await?;
    Ok((actor, picture.name.clone(), digest))
}
